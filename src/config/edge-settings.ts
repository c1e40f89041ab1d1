import { z } from 'zod';
import { networks } from './network-list.js';
import { count, setting, sizeBytes, timerMs } from './setting.js';

const MAX_PORT = 65_535;

/** A port, or that there is none. */
const port = z
  .string()
  .regex(/^(none|\d{1,5})$/, `must be none or a whole number up to ${MAX_PORT}`)
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

/** `/push` and `/push/` are the same; the root is nothing. */
const path = z
  .string()
  .regex(/^\/([A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/, 'must be a path such as /push')
  .refine((text) => !/\/\.\.?(\/|$)/.test(text), 'must not have . or .. as a part')
  .transform((text) => text.replace(/\/$/, ''));

/** Where is listened beside `PORT`, where a proxy shows it, and with what certificate. */
export const listeners = {
  host: setting(z.string().min(1), {
    description:
      'Address to listen on. `::` is every address, of IPv6 and IPv4; where the machine has no IPv6, it is `0.0.0.0`.',
    default: '::',
  }),
  publicPath: setting(path, {
    description:
      'Path under which a proxy shows this server, which asks it without that path: cookies and the board of the queues go by it. See docs/nginx.md.',
    default: '/',
    example: '/push',
  }),
  adminPort: setting(port.optional(), {
    description:
      'TCP port of what only operators may reach: `/metrics`, `/console`, `/docs`; it answers everything else as well. Where there is one, ' +
      '`PORT` answers 404 to those paths (to `/docs` in production only); `none`: they are on `PORT`. 0 takes a free one.',
    defaultNote: '`9464` in production, else `none`',
  }),
  adminHost: setting(z.string().min(1), {
    description: 'Address that `ADMIN_PORT` listens on. It speaks HTTP without TLS.',
    default: '127.0.0.1',
  }),
  tlsCertFile: file(
    'Certificate chain (PEM) with which `PORT` speaks TLS; read anew when it changes. See docs/tls.md.',
  ),
  tlsKeyFile: file('Private key (PEM) of `TLS_CERT_FILE`.'),
  tlsReloadMs: timerMs(10_000, 'How often the files of the certificate are looked at.', 50),
};

/** With what a connection to Redis by `rediss:` is made. */
export const redisTls = {
  redisTlsCaFile: file('Certificates (PEM) of who signs that of Redis, where that is nobody the system knows.'),
  redisTlsCertFile: file('Client certificate (PEM), where Redis asks for one.'),
  redisTlsKeyFile: file('Private key (PEM) of `REDIS_TLS_CERT_FILE`.'),
};

/** How much is taken of whom; docs/limits.md says what happens beyond. */
export const limits = {
  restRatePerKey: count(
    20_000,
    'Requests a second of one API key at all nodes together, counted over 10 s; a batch of n notifications counts n. 0: no limit.',
    0,
    1_000_000,
  ),
  failedKeysPerAddress: count(60, 'Wrong API keys a minute of one address at this process; then it is answered 429.'),
  wsHandshakesPerAddress: count(6_000, 'Sockets a minute that one address may try to open at this process.'),
  wsMaxConnectionsPerAddress: count(5_000, 'Sockets of one address at this process; further ones are answered 429.'),
  wsMaxConnectionsPerApp: count(50_000, 'Sockets of one app at this process; further ones are answered 429.'),
  unlimitedAddresses: setting(networks(), {
    description:
      'Addresses and networks that limits by address do not count: your own, and a proxy that does not tell who its clients are.',
    default: PRIVATE.join(','),
  }),
  limitAddresses: count(
    10_000,
    'Addresses that each limit by address remembers; the one it has known longest goes first.',
  ),
  wsFramesPerSecond: count(
    2_000,
    'Frames a second from one socket, pings and pongs too; one counts once more for each KiB. Beyond, it is told, read more slowly, and closed (4429) the third time.',
  ),
  wsFramesBurst: count(
    20_000,
    'Frames that a socket may have sent beyond `WS_FRAMES_PER_SECOND`, as after a reconnect.',
  ),
  wsMaxUnstoredAcks: count(
    8_192,
    'Offsets that one session has acknowledged by themselves and Redis does not have yet; further ones are refused with `rate_limited`.',
    1_024,
  ),
  wsMaxBufferedChunks: count(1_024, 'Pieces of a frame from a client that are kept until it is whole.', 16),
  wsHandshakeTimeoutMs: timerMs(5_000, 'How long the check of a token may take before the socket is answered 503.'),
  httpMaxHeaderBytes: sizeBytes(16_384, 'Largest header of a request, with its URL; 431 beyond.', 1_024),
  httpHeadersTimeoutMs: timerMs(10_000, 'How long the header of a request may take; 408 beyond.', 100),
  httpRequestTimeoutMs: timerMs(30_000, 'How long a whole request may take; 408 beyond.', 100),
  httpMaxConnections: count(
    60_000,
    'Connections to each port of this process, sockets among them; further ones are closed at once.',
  ),
  httpMaxRequestsPerConnection: count(
    100_000,
    'Requests after which a connection is closed, so that a balancer gets to choose again.',
  ),
};
