import type { RedisClient } from './redis-factory.js';

/**
 * Tracks since when at least one of some connections is down. A hung connection is cut by its own
 * timeouts.
 */
export class RedisPresence {
  private awaySinceMs: number | undefined;

  constructor(private readonly clients: readonly RedisClient[]) {
    for (const client of clients) {
      client.on('close', () => this.look());
      client.on('ready', () => this.look());
    }
    this.look();
  }

  /** Length of the outage in milliseconds; 0 while Redis is reachable. */
  get awayMs(): number {
    return this.awaySinceMs === undefined ? 0 : Math.max(1, performance.now() - this.awaySinceMs);
  }

  private look(): void {
    const isThere = this.clients.every(({ status }) => status === 'ready');
    if (isThere) this.awaySinceMs = undefined;
    else this.awaySinceMs ??= performance.now();
  }
}
