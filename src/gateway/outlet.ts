/** Buffer with frames to write. */
export interface Flushable {
  flush(): void;
}

/** Counts outgoing frames and bytes. */
export interface OutletMeter {
  inc(by: number): void;
}

/** Writes the frames of one turn of the event loop together, at its end. One for all sockets. */
export class Outlet {
  private dirty: Flushable[] = [];
  private scheduled = false;

  constructor(
    private readonly frames: OutletMeter,
    private readonly bytes: OutletMeter,
  ) {}

  add(socket: Flushable): void {
    this.dirty.push(socket);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  wrote(frames: number, bytes: number): void {
    this.frames.inc(frames);
    this.bytes.inc(bytes);
  }

  private flush(): void {
    this.scheduled = false;
    const ready = this.dirty;
    this.dirty = [];
    for (const socket of ready) socket.flush();
  }
}
