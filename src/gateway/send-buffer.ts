import type { Socket } from 'node:net';
import type { Flushable, Outlet } from './outlet.js';

/** Shared by all sockets that have nothing to write. */
const NONE: Buffer[] = [];

/**
 * Frames of one socket that one turn of the event loop has produced, written together at its end.
 */
export class SendBuffer implements Flushable {
  private frames = NONE;
  private queuedBytes = 0;
  private waitsForDrain = false;

  constructor(
    private readonly socket: Socket,
    private readonly outlet: Outlet,
  ) {}

  /** Bytes that the network has not taken yet. */
  get unsentBytes(): number {
    return this.queuedBytes + this.socket.writableLength;
  }

  push(frame: Buffer): void {
    if (this.frames.length > 0) this.frames.push(frame);
    else {
      this.frames = [frame];
      this.outlet.add(this);
    }
    this.queuedBytes += frame.length;
  }

  /** Drops frames that were not handed to the socket. */
  clear(): void {
    this.frames = NONE;
    this.queuedBytes = 0;
  }

  flush(): void {
    const { frames, socket } = this;
    if (frames.length === 0) return;
    this.outlet.wrote(frames.length, this.queuedBytes);
    this.clear();
    if (socket.destroyed) return;
    const [only] = frames;
    if (frames.length === 1 && only) {
      socket.write(only);
      return;
    }
    socket.cork();
    for (const frame of frames) socket.write(frame);
    socket.uncork();
  }

  /** Calls back once the socket has taken everything. */
  onDrained(drained: () => void): void {
    if (this.waitsForDrain) return;
    this.waitsForDrain = true;
    this.socket.once('drain', () => {
      this.waitsForDrain = false;
      drained();
    });
  }
}
