import { connect, type Socket } from 'node:net';
import type { Conversation, Dialect, Link } from './dialects/dialect.js';
import { clientFrame, FrameParser, OPCODE } from './frame-parser.js';

const READ_BYTES = 1 << 16;
/** Read buffer shared by all sockets, because each read is consumed before the next one. */
const READ_BUFFER = Buffer.allocUnsafe(READ_BYTES);
const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 1 << 14;

/** Receiver of a client's events. */
export interface ClientEvents {
  arrived(sequence: number): void;
  /** The server ended the connection, or it broke. */
  lost(reason: string): void;
}

interface Opening {
  resolve(): void;
  reject(reason: Error): void;
}

/** WebSocket of one user. */
export class Client implements Link {
  private readonly conversation: Conversation;
  private wire?: Wire;
  private opening?: Opening;

  constructor(
    readonly user: string,
    readonly topic: string | undefined,
    dialect: Dialect,
    private readonly port: number,
    private readonly events: ClientEvents,
  ) {
    this.conversation = dialect.converse(this);
  }

  /** Connects or reconnects; resolves when the handshake is complete. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.opening = { resolve, reject };
      const wire = new Wire(this.port, this.conversation, (reason) => this.ended(wire, reason));
      this.wire = wire;
    });
  }

  /** Ends the connection without a close frame. */
  drop(): void {
    const { wire } = this;
    this.wire = undefined;
    wire?.socket.destroy();
  }

  send(text: string): void {
    this.wire?.socket.write(clientFrame(OPCODE.text, Buffer.from(text)));
  }

  ready(): void {
    this.opening?.resolve();
    this.opening = undefined;
  }

  arrived(sequence: number): void {
    this.events.arrived(sequence);
  }

  private ended(wire: Wire, reason: string): void {
    if (this.wire !== wire) return;
    this.wire = undefined;
    if (this.opening) this.opening.reject(new Error(`${this.user} could not connect: ${reason}`));
    else this.events.lost(reason);
    this.opening = undefined;
  }
}

/** Connection of a client: the upgrade, then frames. */
class Wire {
  readonly socket: Socket;
  private readonly parser = new FrameParser();
  private head: Buffer | undefined = Buffer.alloc(0);
  private reason = 'closed';

  constructor(
    port: number,
    private readonly conversation: Conversation,
    ended: (reason: string) => void,
  ) {
    const onread = {
      buffer: READ_BUFFER,
      callback: (bytes: number): boolean => {
        this.read(READ_BUFFER.subarray(0, bytes));
        return true;
      },
    };
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
    this.socket.on('error', ({ message }) => (this.reason = message));
    this.socket.on('close', () => ended(this.reason));
    const { path, headers } = conversation.upgrade();
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: cG9zdHJpZGVyLWJlbmNoIQ==\r\n${headers}\r\n`,
    );
  }

  private read(chunk: Buffer): void {
    const { socket } = this;
    socket.cork();
    try {
      const frames = this.head ? this.behindHead(this.head, chunk) : chunk;
      if (frames) this.parser.push(frames, (opcode, payload) => this.take(opcode, payload));
      this.conversation.readEnded();
    } catch (error) {
      this.reason = error instanceof Error ? error.message : String(error);
      socket.destroy();
    }
    socket.uncork();
  }

  /** Returns the data after the answer to the upgrade, once the answer is complete. */
  private behindHead(before: Buffer, chunk: Buffer): Buffer | undefined {
    const bytes = Buffer.concat([before, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 && bytes.length < MAX_HEAD_BYTES) {
      this.head = bytes;
      return undefined;
    }
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r'));
    if (!status.startsWith('HTTP/1.1 101')) throw new Error(`the upgrade was answered ${status.slice(0, 80)}`);
    this.head = undefined;
    this.conversation.opened();
    return bytes.subarray(end + HEAD_END.length);
  }

  private take(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.text) this.conversation.message(payload);
    else if (opcode === OPCODE.ping) this.socket.write(clientFrame(OPCODE.pong, payload));
    else if (opcode === OPCODE.close) throw new Error('closed by the server');
  }
}
