import { FAN_OUT } from './fan-out.js';
import { IDLE } from './idle.js';
import { RETURN } from './return.js';
import { SCALING } from './scaling.js';
import { UNICAST } from './unicast.js';
import type { Workload } from './workload.js';

export const WORKLOADS: readonly Workload[] = [...UNICAST, ...FAN_OUT, ...IDLE, ...RETURN, ...SCALING];
