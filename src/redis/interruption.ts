import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-factory.js';

/**
 * Calls the listener when a connection is lost and again when it is back: it may then lead to
 * another primary, which lacks what was not replicated.
 */
export function onInterruption(client: RedisClient, listener: () => void): void {
  const events =
    client instanceof Cluster ? ['-node', 'node error', 'subscribersReady', 'close', 'ready'] : ['close', 'ready'];
  for (const event of events) client.on(event, listener);
}
