import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type Frame, parseFrames } from '../../support/frames.js';
import { within } from '../../support/wait.js';

const OPEN_MS = 10_000;

/** Socket whose bytes the test writes itself. */
export class RawSocket {
  wire!: Socket;
  readonly frames: Frame[] = [];
  fault?: string | undefined;
  closeCode?: number;
  readonly closed: Promise<number>;
  private told: () => void = () => undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('upgrade', (response) => {
      this.wire = response.socket;
      this.wire.on('error', () => undefined);
    });
    socket.on('message', (bytes: Buffer) => this.take(bytes.toString()));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code: number) => {
        this.closeCode = code;
        resolve(code);
        this.told();
      });
    });
  }

  /** Opens a socket of the token's user and waits for the welcome. */
  static async open(url: string, token: string): Promise<RawSocket> {
    const socket = new WebSocket(url, 'postrider.v1', { headers: { authorization: `Bearer ${token}` } });
    const raw = new RawSocket(socket);
    await within(once(socket, 'open'), OPEN_MS, 'socket open');
    await within(raw.until('welcome'), OPEN_MS, 'welcome');
    return raw;
  }

  /** Waits until a frame with this id or event has come, or the socket has ended. */
  async until(what: string): Promise<void> {
    while (this.closeCode === undefined && !this.frames.some(({ event, id }) => id === what || event === what)) {
      await new Promise<void>((resolve) => (this.told = resolve));
    }
  }

  private take(text: string): void {
    try {
      this.frames.push(...parseFrames(text));
    } catch (error) {
      this.fault = String(error);
    }
    this.told();
  }
}
