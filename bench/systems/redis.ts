import { RedisRig } from '../../test/support/redis-rig.js';
import type { SystemSettings } from './system.js';

/** Starts the same kind of Redis for every system that uses one. */
export function startRedis({ appendfsync }: SystemSettings): Promise<RedisRig> {
  return RedisRig.start({ appendOnly: true, args: ['--appendfsync', appendfsync] });
}
