import type { Connection } from './connection.js';

/** Writes what one turn of the event loop produced for a socket at its end, together. One for all sockets. */
export class Outlet {
  private dirty: Connection[] = [];
  private scheduled = false;

  add(connection: Connection): void {
    this.dirty.push(connection);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    const ready = this.dirty;
    this.dirty = [];
    for (const connection of ready) connection.flush();
  }
}
