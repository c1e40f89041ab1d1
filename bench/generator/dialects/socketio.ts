import { eachMarker, numberAt, quotedAfter } from '../marker.js';
import { peerPublish } from './peer.js';
import type { Conversation, Dialect, Link } from './dialect.js';

/** Packets of Engine.IO 4 and, after `4`, of Socket.IO 5. */
const PING = '2';
const PONG = '3';
const CONNECT = '40';
const EVENT = '42';
const ACK = '43';
const OPEN = '0';
const PRIVATE_ID = Buffer.from('"pid":"');
const BRACKET = '['.charCodeAt(0);
const QUOTE = '"'.charCodeAt(0);

export function socketio(): Dialect {
  return { publish: peerPublish, converse: (link) => new SocketioConversation(link) };
}

/**
 * Acknowledges every event that requests an ack, and remembers the offset of the last other one.
 */
class SocketioConversation implements Conversation {
  private privateId?: string;
  private offset?: string;

  constructor(private readonly link: Link) {}

  upgrade(): { path: string; headers: string } {
    return { path: '/socket.io/?EIO=4&transport=websocket', headers: '' };
  }

  opened(): void {}

  message(payload: Buffer): void {
    const packet = payload.toString('latin1', 0, 2);
    if (packet === EVENT) this.event(payload);
    else if (packet === CONNECT) this.connected(payload);
    else if (packet === PING) this.link.send(PONG);
    else if (packet.startsWith(OPEN)) this.connect();
    else throw new Error(payload.toString());
  }

  readEnded(): void {}

  private connect(): void {
    const { link, privateId, offset } = this;
    const resume = privateId !== undefined && offset !== undefined && { pid: privateId, offset };
    this.link.send(CONNECT + JSON.stringify({ user: link.user, topic: link.topic, ...resume }));
  }

  private connected(payload: Buffer): void {
    this.privateId = quotedAfter(payload, PRIVATE_ID);
    this.link.ready();
  }

  private event(payload: Buffer): void {
    eachMarker(payload, (sequence) => this.link.arrived(sequence));
    if (payload[EVENT.length] === BRACKET) this.offset = lastArgument(payload);
    else this.link.send(`${ACK}${numberAt(payload, EVENT.length)}[]`);
  }
}

/**
 * Reads the last argument of an event, to which the adapter adds its offset:
 * `["n","…","1719573-0"]`.
 */
function lastArgument(payload: Buffer): string {
  const end = payload.length - 2;
  return payload.toString('latin1', payload.lastIndexOf(QUOTE, end - 1) + 1, end);
}
