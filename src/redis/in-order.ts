import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './redis-factory.js';
import type { ScriptArgument } from './script.js';

/** Command and its arguments. */
export type Command = readonly [name: string, args: ScriptArgument[]];

/** Error, or the reply to one command. */
export type Reply = readonly [Error | null, unknown?];

/**
 * Sends commands in order on one connection, to the node of the first key, without waiting in
 * between.
 * @returns the replies in the same order.
 * @throws Error if a Cluster does not know that node.
 */
export async function sendInOrder(client: RedisClient, commands: readonly Command[]): Promise<readonly Reply[]> {
  if (client instanceof Cluster) {
    const pipeline = client.pipeline();
    for (const [name, args] of commands) pipeline.call(name, args);
    return (await pipeline.exec()) ?? [];
  }
  // No pipeline: each one of ioredis 5 outlives two young collections
  // (docs/adr/0009-young-garbage.md). Corking makes them one write.
  const stream = client.stream as Redis['stream'] | undefined;
  stream?.cork();
  const replies = commands.map(([name, args]) =>
    client.call(name, args).then(
      (reply): Reply => [null, reply],
      (error: unknown): Reply => [error as Error],
    ),
  );
  stream?.uncork();
  return Promise.all(replies);
}
