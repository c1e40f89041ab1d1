import { z } from 'zod';
import { networks } from './network-list.js';
import { count, setting, sizeBytes, timerMs } from './setting.js';

const MAX_PORT = 65_535;

/** Port number or `none`. */
const port = z
  .string()
  .regex(/^(none|\d{1,5})$/, `must be none or a port number up to ${MAX_PORT}`)
  .transform((text) => (text === 'none' ? 'none' : Number(text)))
  .refine((value) => value === 'none' || value <= MAX_PORT, `must be at most ${MAX_PORT}`);

const file = (description: string) =>
  setting(z.string(), { description, default: '', defaultNote: 'none', example: '' });

const PRIVATE = [
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
];

/** Path without a trailing slash; the root is empty. */
const path = z
  .string()
  .regex(/^\/([A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/, 'must be a path such as /push')
  .refine((text) => !/\/\.\.?(\/|$)/.test(text), 'must not have . or .. as a segment')
  .transform((text) => text.replace(/\/$/, ''));

/** Listening addresses and ports, the path behind a proxy, and TLS. */
export const listeners = {
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
};

/** TLS of connections to Redis with `rediss:`. */
export const redisTls = {
  redisTlsCaFile: file('CA certificates (PEM) for Redis, if its certificate is not signed by a system CA.'),
  redisTlsCertFile: file('Client certificate (PEM), if Redis requires one.'),
  redisTlsKeyFile: file('Private key (PEM) of `REDIS_TLS_CERT_FILE`.'),
};

/** Limits for clients and publishers; docs/limits.md says what happens beyond them. */
export const limits = {
  restRatePerKey: count(
    20_000,
    'Maximum requests per second of one API key at all nodes together, measured over 10 s; a batch of n notifications counts as n. 0: no limit.',
    0,
    1_000_000,
  ),
  failedKeysPerAddress: count(
    60,
    'Maximum wrong API keys per minute from one address at this process; beyond it, the address gets 429.',
  ),
  wsHandshakesPerAddress: count(6_000, 'Maximum handshakes per minute from one address at this process.'),
  wsMaxConnectionsPerAddress: count(5_000, 'Maximum sockets of one address at this process; more get 429.'),
  wsMaxConnectionsPerApp: count(50_000, 'Maximum sockets of one app at this process; more get 429.'),
  unlimitedAddresses: setting(networks(), {
    description:
      'Addresses and networks exempt from the limits per address, such as your own or a proxy that hides its clients.',
    default: PRIVATE.join(','),
  }),
  limitAddresses: count(
    10_000,
    'Addresses that each per-address limit remembers; beyond it, the oldest are forgotten.',
  ),
  wsFramesPerSecond: count(
    2_000,
    'Frames per second from one socket, including pings and pongs; a frame counts once more for each KiB. Beyond it, the client gets an error, is read more slowly, and is closed (4429) the third time.',
  ),
  wsFramesBurst: count(
    20_000,
    'Burst of frames allowed in addition to `WS_FRAMES_PER_SECOND`, for example after a reconnect.',
  ),
  wsMaxUnstoredAcks: count(
    8_192,
    'Selective acks of one session that Redis has not stored yet; more are refused with `rate_limited`.',
    1_024,
  ),
  wsMaxBufferedChunks: count(1_024, 'Maximum pieces of an incomplete frame from a client that are buffered.', 16),
  wsHandshakeTimeoutMs: timerMs(5_000, 'How long the check of a token may take before the handshake gets 503.'),
  httpMaxHeaderBytes: sizeBytes(16_384, 'Maximum size of a request header, including the URL; beyond it 431.', 1_024),
  httpHeadersTimeoutMs: timerMs(10_000, 'How long the header of a request may take to arrive; beyond it 408.', 100),
  httpRequestTimeoutMs: timerMs(30_000, 'How long a whole request may take to arrive; beyond it 408.', 100),
  httpMaxConnections: count(
    60_000,
    'Maximum connections to each port of this process, including sockets; more are closed at once.',
  ),
  httpMaxRequestsPerConnection: count(
    100_000,
    'Requests after which a connection is closed, so that a load balancer can distribute the next one.',
  ),
};
