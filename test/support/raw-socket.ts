import { connect, type Socket } from 'node:net';
import { within } from './wait.js';

const WAIT_MS = 20_000;

/** TCP connection on which a test sends each byte. */
export class RawSocket {
  /** Everything received so far. */
  text = '';
  /** Resolves when the other side has ended it. */
  readonly closed: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (this.text += bytes.toString('latin1')));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open(port: number, localAddress?: string): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const raw = new RawSocket(socket);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return raw;
  }

  /**
   * Sends everything at once and waits until the server has closed the connection.
   * @returns its answer.
   */
  static async exchange(port: number, bytes: string | Buffer): Promise<string> {
    const raw = await RawSocket.open(port);
    raw.send(bytes);
    return raw.ending();
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  async ending(): Promise<string> {
    await within(this.closed, WAIT_MS, 'connection ended by the server');
    return this.text;
  }

  cut(): void {
    this.socket.destroy();
  }
}

/** Parses the status, headers and body of an answer. */
export function readAnswer(text: string): { status: number; headers: string; body: unknown } {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    headers: head,
    body: body ? JSON.parse(body) : undefined,
  };
}

const MASK = Buffer.from([0, 0, 0, 0]);

/**
 * Creates a client frame with these bits in its first byte: 0x81 is a whole text, 0x01 starts one,
 * 0x89 is a ping.
 */
export function rawFrame(first: number, payload: string | Buffer = ''): Buffer {
  const data = Buffer.from(payload);
  const size = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 0xff];
  return Buffer.concat([Buffer.from([first, ...size]), MASK, data]);
}

/** Creates the request that opens a socket. */
export function upgradeRequest(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const own = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(own).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
