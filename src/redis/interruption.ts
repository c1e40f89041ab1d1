import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-factory.js';

/**
 * Calls back whenever a connection was lost, and again when it is back: behind it there may be another primary by then,
 * which lacks what the last one had not passed on.
 */
export function onInterruption(client: RedisClient, listener: () => void): void {
  const events =
    client instanceof Cluster ? ['-node', 'node error', 'subscribersReady', 'close', 'ready'] : ['close', 'ready'];
  for (const event of events) client.on(event, listener);
}
