import type { Access, Dialect } from './dialect.js';
import { nestBullmq } from './nest-bullmq.js';
import { postrider } from './postrider.js';
import { rawws } from './rawws.js';
import { socketio } from './socketio.js';

export const DIALECTS = { postrider, rawws, socketio, 'nest-bullmq': nestBullmq } satisfies Record<
  string,
  (access: Access) => Dialect
>;

export type SystemName = keyof typeof DIALECTS;
