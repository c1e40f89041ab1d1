/** Something that has frames to write. */
export interface Flushable {
  flush(): void;
}

/** Writes what one turn of the event loop produced for a socket at its end, together. One for all sockets. */
export class Outlet {
  private dirty: Flushable[] = [];
  private scheduled = false;

  add(socket: Flushable): void {
    this.dirty.push(socket);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    const ready = this.dirty;
    this.dirty = [];
    for (const socket of ready) socket.flush();
  }
}
