import type { access } from './access.schema.js';
import type { Config } from './config.js';
import type { delivery } from './delivery.schema.js';
import type { limits } from './limits.schema.js';
import type { node } from './node.schema.js';
import type { pages } from './pages.schema.js';
import type { redis } from './redis.schema.js';
import type { rest } from './rest.schema.js';
import type { sessions } from './sessions.schema.js';
import type { sockets } from './sockets.schema.js';
import type { tracing } from './tracing.schema.js';

/** Base class with the fields of one group of settings. */
const groupOf = <G>() => Object as unknown as abstract new () => Pick<Config, keyof G & keyof Config>;

/*
 * One token for each group of settings. A class injects the groups that it reads, and the compiler
 * refuses the others. All of them are bound to the one `Config`.
 */
export abstract class NodeSettings extends groupOf<typeof node>() {}
export abstract class RedisSettings extends groupOf<typeof redis>() {}
export abstract class AccessSettings extends groupOf<typeof access>() {}
export abstract class PageSettings extends groupOf<typeof pages>() {}
export abstract class DeliverySettings extends groupOf<typeof delivery>() {}
export abstract class RestSettings extends groupOf<typeof rest>() {}
export abstract class SocketSettings extends groupOf<typeof sockets>() {}
export abstract class SessionSettings extends groupOf<typeof sessions>() {}
export abstract class LimitSettings extends groupOf<typeof limits>() {}
export abstract class TracingSettings extends groupOf<typeof tracing>() {}

export const SETTING_GROUPS = [
  NodeSettings,
  RedisSettings,
  AccessSettings,
  PageSettings,
  DeliverySettings,
  RestSettings,
  SocketSettings,
  SessionSettings,
  LimitSettings,
  TracingSettings,
] as const;
