import type { Target } from '../generator/commands.js';
import type { RedisRig } from '../../test/support/redis-rig.js';

export interface SystemSettings {
  /** Time at which Redis writes to disk, for every system that uses it. */
  readonly appendfsync: 'everysec' | 'always';
  /** Number of server processes; Postrider only. */
  readonly processes: number;
  /** Enables profiling; Postrider only. */
  readonly profile: boolean;
  /** Percentage of traced notifications; Postrider only. */
  readonly tracePercent: number;
}

/** System under test: server processes, and its own Redis if it needs one. */
export interface System {
  readonly target: Target;
  /** Started process; its children count with it. */
  readonly serverPid: number;
  readonly redis?: RedisRig;
  /** File for the CPU profile of the server. */
  readonly profileFile?: string;
  stop(): Promise<void>;
}
