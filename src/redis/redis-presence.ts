import type { RedisClient } from './redis-factory.js';

/** Whether Redis can be asked on all of some connections, and for how long it cannot. A connection that hangs is cut by its own time limits. */
export class RedisPresence {
  private awaySinceMs: number | undefined;

  constructor(private readonly clients: readonly RedisClient[]) {
    for (const client of clients) {
      client.on('close', () => this.look());
      client.on('ready', () => this.look());
    }
    this.look();
  }

  /** 0 while it is there. */
  get awayMs(): number {
    return this.awaySinceMs === undefined ? 0 : Math.max(1, performance.now() - this.awaySinceMs);
  }

  private look(): void {
    const isThere = this.clients.every(({ status }) => status === 'ready');
    if (isThere) this.awaySinceMs = undefined;
    else this.awaySinceMs ??= performance.now();
  }
}
