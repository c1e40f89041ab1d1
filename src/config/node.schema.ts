import { availableParallelism, hostname } from 'node:os';
import { z } from 'zod';
import { MIN_SECRET_LENGTH } from './key-lists.js';
import { networks } from './network-list.js';
import { count, file, oneOf, setting, timerMs } from './setting.js';

const MAX_PORT = 65_535;
const HOST_NAME = hostname()
  .replace(/[^A-Za-z0-9._-]/g, '-')
  .slice(0, 48);

export const ROLE_NAMES = ['api', 'gateway', 'worker'] as const;
export type Role = (typeof ROLE_NAMES)[number];

const roles = z.string().transform((list, context): ReadonlySet<Role> => {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ROLE_NAMES.some((role) => role === name));
  if (unknown.length > 0) context.addIssue(`must be a comma-separated list of ${ROLE_NAMES.join(', ')}`);
  return new Set(ROLE_NAMES.filter((role) => names.includes(role)));
});

const processes = z
  .string()
  .regex(/^(auto|[1-9]\d{0,2})$/, 'must be auto or a whole number from 1 to 999')
  .transform((text) => (text === 'auto' ? availableParallelism() : Number(text)));

/** Port number or `none`. */
const port = z
  .string()
  .regex(/^(none|\d{1,5})$/, `must be none or a port number up to ${MAX_PORT}`)
  .transform((text) => (text === 'none' ? 'none' : Number(text)))
  .refine((value) => value === 'none' || value <= MAX_PORT, `must be at most ${MAX_PORT}`);

/** Path without a trailing slash; the root is empty. */
const path = z
  .string()
  .regex(/^\/([A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/, 'must be a path such as /push')
  .refine((text) => !/\/\.\.?(\/|$)/.test(text), 'must not have . or .. as a segment')
  .transform((text) => text.replace(/\/$/, ''));

/** Settings of the process: its name, roles, ports, TLS and log. */
export const node = {
  nodeEnv: oneOf(['production', 'development', 'test'], {
    description:
      'Kind of deployment; the container image sets `production`. Only `production` requires secrets of at least ' +
      `${MIN_SECRET_LENGTH} characters and disables \`WS_QUERY_TOKEN\` by default.`,
    default: 'development',
  }),
  port: count(
    3000,
    'TCP port of REST, sockets and health, and of metrics if `ADMIN_PORT` is `none`; 0 picks a free port.',
    0,
    65_535,
  ),
  host: setting(z.string().min(1), {
    description:
      'Address to listen on. `::` accepts IPv6 and IPv4; on a machine without IPv6 it falls back to `0.0.0.0`.',
    default: '::',
  }),
  publicPath: setting(path, {
    description:
      'Public path under which a proxy exposes this server. The proxy strips it; cookies and the queue board use it. See docs/nginx.md.',
    default: '/',
    example: '/push',
  }),
  adminPort: setting(port.optional(), {
    description:
      "TCP port of the operators' endpoints: `/metrics`, `/console` and `/docs`; it answers all others as well. If it is set, " +
      '`PORT` answers 404 to these paths (to `/docs` in production only). `none` serves them on `PORT`. 0 picks a free port.',
    defaultNote: '`9464` in production, else `none`',
  }),
  adminHost: setting(z.string().min(1), {
    description: 'Address on which `ADMIN_PORT` listens. It speaks HTTP without TLS.',
    default: '127.0.0.1',
  }),
  tlsCertFile: file('Certificate chain (PEM) for TLS on `PORT`; it is reloaded when it changes. See docs/tls.md.'),
  tlsKeyFile: file('Private key (PEM) of `TLS_CERT_FILE`.'),
  tlsReloadMs: timerMs(10_000, 'Interval between checks of the certificate files for changes.', 50),
  trustedProxies: setting(networks(), {
    description:
      'Addresses and networks of trusted proxies, comma-separated. Their `X-Forwarded-For` names the client; from anybody else it is ignored.',
    default: '',
    defaultNote: 'none',
  }),
  roles: setting(roles, { description: 'Roles of this process, comma-separated.', default: ROLE_NAMES.join(',') }),
  processes: setting(processes, {
    description:
      'Number of processes that share the port, each a node of its own; `auto`: one for each processor core. See docs/scaling.md.',
    default: '1',
  }),
  nodeId: setting(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -'), {
    description: 'Unique name of this process among the nodes. With several `PROCESSES`, `-1`, `-2` … are appended.',
    default: `${HOST_NAME}-${process.pid}`,
    defaultNote: 'host name and process id',
  }),
  logLevel: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    description: 'Lowest severity that is logged.',
    default: 'info',
  }),
  logEventsPerSecond: count(
    200,
    'Maximum log lines per second of one event; the next line reports how many were dropped.',
  ),
  drainMs: timerMs(10_000, 'How long a stopping process may take to close its sockets and finish its work.', 0),
};
