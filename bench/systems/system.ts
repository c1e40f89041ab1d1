import type { Target } from '../generator/commands.js';
import type { RedisRig } from '../../test/support/redis-rig.js';

export interface SystemSettings {
  /** When Redis writes to disk, for every system that has one. */
  readonly appendfsync: 'everysec' | 'always';
  /** Server processes, of Postrider only. */
  readonly processes: number;
  /** Enables profiling; Postrider only. */
  readonly profile: boolean;
  /** How many of a hundred notifications are traced, by Postrider only. */
  readonly tracePercent: number;
}

/** A system under test: server processes, and a Redis of its own where it needs one. */
export interface System {
  readonly target: Target;
  /** The process that was started; those that it started count with it. */
  readonly serverPid: number;
  readonly redis?: RedisRig;
  /** File for the CPU profile of the server. */
  readonly profileFile?: string;
  stop(): Promise<void>;
}
