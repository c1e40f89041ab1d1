import { access } from './access.schema.js';
import { delivery } from './delivery.schema.js';
import { limits } from './limits.schema.js';
import { node } from './node.schema.js';
import { pages } from './pages.schema.js';
import { redis } from './redis.schema.js';
import { rest } from './rest.schema.js';
import { sessions } from './sessions.schema.js';
import { sockets } from './sockets.schema.js';
import { tracing } from './tracing.schema.js';

/** Settings by the groups of the documentation. */
export const configGroups = {
  'The process': node,
  Redis: redis,
  Access: access,
  'Console and demo': pages,
  'Acceptance and delivery': delivery,
  REST: rest,
  Sockets: sockets,
  Sessions: sessions,
  Limits: limits,
  Tracing: tracing,
};

/**
 * Every setting by its field in `Config`; the environment variable has the same name in upper snake
 * case.
 */
export const configShape = {
  ...node,
  ...redis,
  ...access,
  ...pages,
  ...delivery,
  ...rest,
  ...sockets,
  ...sessions,
  ...limits,
  ...tracing,
};
