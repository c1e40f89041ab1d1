import type { RedisRig } from '../../test/support/redis-rig.js';

/** Counters of a Redis. */
export interface RedisCounts {
  /** Number of executed commands, including those of scripts. */
  readonly commands: number;
  readonly networkBytes: number;
  /** Number of reads of lists, in which logs are kept. */
  readonly listReads: number;
  /** Memory of the whole dataset. */
  readonly storedBytes: number;
}

export async function redisCounts(redis: RedisRig | undefined): Promise<RedisCounts> {
  if (!redis) return { commands: 0, networkBytes: 0, listReads: 0, storedBytes: 0 };
  const commands = await redis.control.info('commandstats');
  const stats = `${await redis.control.info('stats')}${await redis.control.info('memory')}`;
  const calls = [...commands.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(
    ([, name, count]) => [name, Number(count)] as const,
  );
  const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  return {
    commands: calls.reduce((sum, [, count]) => sum + count, 0),
    networkBytes: field('total_net_input_bytes') + field('total_net_output_bytes'),
    listReads: calls.find(([name]) => name === 'lrange')?.[1] ?? 0,
    storedBytes: field('used_memory'),
  };
}
