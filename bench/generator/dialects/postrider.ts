import { createHmac } from 'node:crypto';
import { eachMarker, numberAt, quotedAfter } from '../marker.js';
import { postRequest } from '../post-pool.js';
import type { Access, Conversation, Dialect, Link, Message } from './dialect.js';

const TOKEN_SECONDS = 86_400;
const SESSION = Buffer.from('"session":"');
const OFFSET = Buffer.from('"offset":');
/** Offset of the event's name, after `{"event":"`. */
const EVENT_AT = 10;
/** Number of topics to which the server subscribes every session: the user's own and `all`. */
const GIVEN_TOPICS = 2;

export function postrider({ apiKey, secret }: Access): Dialect {
  const headers = `authorization: Bearer ${apiKey}\r\n`;
  return {
    publish: (message) => postRequest('/v1/notifications', headers, body(message)),
    batch: (messages) =>
      postRequest('/v1/notifications/batch', headers, `{"notifications":[${messages.map(body).join()}]}`),
    converse: (link) => new PostriderConversation(link, token(link.user, secret)),
  };
}

function body({ to, data, care }: Message): string {
  const ack = care === 'unasked' ? 'none' : 'topic' in to ? 'all' : 'any';
  return `{"to":${JSON.stringify(to)},"type":"bench","data":"${data}","ack":"${ack}"}`;
}

function token(user: string, secret: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: user, exp: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS };
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Acknowledges once per read, everything that it brought of the only topic in use. */
class PostriderConversation implements Conversation {
  private readonly ackPrefix: string;
  private session?: string;
  private awaited = 0;
  private offset = 0;
  private acked = 0;

  constructor(
    private readonly link: Link,
    private readonly token: string,
  ) {
    this.ackPrefix = `{"event":"ack","data":{"topic":"${link.topic ?? `user:${link.user}`}","offset":`;
  }

  upgrade(): { path: string; headers: string } {
    // Here as well as in the hello, because a new session may be opened before a late hello.
    const path = this.session === undefined ? '/ws' : `/ws?session=${this.session}`;
    return { path, headers: `sec-websocket-protocol: postrider.v1, bearer.${this.token}\r\n` };
  }

  opened(): void {
    const { link, session } = this;
    this.awaited = GIVEN_TOPICS + (link.topic ? 1 : 0);
    this.link.send(JSON.stringify({ event: 'hello', data: { session } }));
  }

  message(payload: Buffer): void {
    const event = payload.toString('latin1', EVENT_AT, EVENT_AT + 2);
    if (event === 'no') this.notified(payload);
    else if (event === 'we') this.welcomed(payload);
    else if (event === 'su') this.subscribed();
    else if (event === 'pi') this.link.send('{"event":"pong"}');
    else if (event === 'er' || event === 'go') throw new Error(payload.toString());
  }

  readEnded(): void {
    if (this.offset === this.acked) return;
    this.acked = this.offset;
    this.link.send(`${this.ackPrefix}${this.acked}}}`);
  }

  private notified(payload: Buffer): void {
    this.offset = numberAt(payload, payload.indexOf(OFFSET) + OFFSET.length);
    eachMarker(payload, (sequence) => this.link.arrived(sequence));
  }

  private welcomed(payload: Buffer): void {
    const { link, session } = this;
    this.session = quotedAfter(payload, SESSION);
    if (link.topic && this.session !== session) {
      link.send(JSON.stringify({ event: 'subscribe', data: { topic: link.topic } }));
    }
  }

  private subscribed(): void {
    this.awaited -= 1;
    if (this.awaited === 0) this.link.ready();
  }
}
