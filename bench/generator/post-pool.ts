import { connect, type Socket } from 'node:net';
import { type Answer, AnswerParser } from './answer-parser.js';

/** Callback for an answer. `status` is 0 if the connection was refused or lost. */
export type TakeAnswer = (answer: Answer) => void;

const MAX_CONNECTIONS = 512;
const NO_ANSWER: Answer = { status: 0, body: '' };

/** Pool of keep-alive connections with one request in progress each; further requests wait. */
export class PostPool {
  private readonly idle: Connection[] = [];
  private readonly waiting: [request: string, take: TakeAnswer][] = [];
  private opened = 0;

  constructor(private readonly port: number) {}

  /** Sends the bytes of one whole request. */
  post(request: string, take: TakeAnswer): void {
    const connection = this.idle.pop() ?? this.another();
    if (connection) connection.post(request, (answer) => this.answered(connection, answer, take));
    else this.waiting.push([request, take]);
  }

  close(): void {
    for (const connection of this.idle.splice(0)) connection.close();
  }

  private another(): Connection | undefined {
    if (this.opened === MAX_CONNECTIONS) return undefined;
    this.opened += 1;
    return new Connection(this.port);
  }

  private answered(connection: Connection, answer: Answer, take: TakeAnswer): void {
    this.idle.push(connection);
    const next = this.waiting.shift();
    if (next) this.post(...next);
    take(answer);
  }
}

/** Connection that opens when first needed, and again after a loss. */
class Connection {
  private socket?: Socket;
  private take?: TakeAnswer;

  constructor(private readonly port: number) {}

  post(request: string, take: TakeAnswer): void {
    this.take = take;
    this.socket ??= this.open();
    this.socket.write(request, 'latin1');
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.port, noDelay: true });
    const parser = new AnswerParser();
    socket.on('data', (chunk: Buffer) => parser.push(chunk, (answer) => this.settle(answer)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.socket = undefined;
      this.settle(NO_ANSWER);
    });
    return socket;
  }

  private settle(answer: Answer): void {
    const { take } = this;
    this.take = undefined;
    take?.(answer);
  }
}

/** Returns the bytes of a POST; everything in it is ASCII. */
export function postRequest(path: string, headers: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: bench\r\n${headers}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
