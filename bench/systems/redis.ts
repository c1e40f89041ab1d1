import { RedisRig } from '../../test/support/redis-rig.js';
import type { SystemSettings } from './system.js';

/** The same Redis for all who use one. */
export function startRedis({ appendfsync }: SystemSettings): Promise<RedisRig> {
  return RedisRig.start({ appendOnly: true, args: ['--appendfsync', appendfsync] });
}
