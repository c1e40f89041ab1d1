import { z } from 'zod';
import { origins } from './origin-list.js';
import { count, flag, setting, sizeBytes, timerMs } from './setting.js';

/** Settings of sockets and their frames. */
export const sockets = {
  wsPath: setting(z.string().regex(/^\/[A-Za-z0-9/_-]{1,64}$/, 'must be a path such as /ws'), {
    description: 'Path of the WebSocket endpoint.',
    default: '/ws',
  }),
  wsQueryToken: setting(flag.optional(), {
    description: 'Accepts the token as query parameter `token=`. Such tokens end up in the logs of proxies.',
    defaultNote: '`false` in production, else `true`',
  }),
  wsOrigins: setting(origins, {
    description:
      'Additional origins of pages that may open a socket, comma-separated, such as `https://app.example.com`, `https://*.example.com` ' +
      '(`*` is one label), `capacitor://localhost`, `file://` and `null`. The host of the request is always allowed; outside of production every loopback origin is too.',
    default: '',
    defaultNote: 'none',
  }),
  wsWindow: count(
    64,
    'Default of the in-flight window: unacknowledged notifications that a session may have per topic.',
    1,
    1_024,
  ),
  wsMaxFrameBytes: sizeBytes(65_536, 'Maximum size of a frame from a client.', 1_024),
  wsMaxFragments: count(16, 'Maximum fragments of one message from a client.'),
  wsMaxConnections: count(50_000, 'Maximum sockets of this process; more get 429.'),
  wsMaxConnectionsPerUser: count(100, 'Maximum sockets of one user at this process; more get 429.'),
  wsMaxConnectionsPerAddress: count(5_000, 'Maximum sockets of one address at this process; more get 429.'),
  wsMaxConnectionsPerApp: count(50_000, 'Maximum sockets of one app at this process; more get 429.'),
  wsMaxSubscriptions: count(256, 'Maximum topics of one session.', 2),
  wsMaxPendingRequests: count(
    128,
    'Maximum unanswered requests of one socket; reading pauses until some are answered.',
  ),
  wsSendBufferBytes: sizeBytes(1_048_576, 'Unsent bytes of a socket above which notifications to it pause.'),
  wsSendBufferHardBytes: sizeBytes(4_194_304, 'Unsent bytes of a socket above which it is closed (4413).'),
  wsMaxMalformed: count(5, 'Malformed frames in a row after which a socket is closed (4400).'),
  wsHelloTimeoutMs: timerMs(5_000, 'How long a socket may take to send `hello` if its handshake had no token.'),
  wsHelloGraceMs: timerMs(20, 'How long the server waits for an optional `hello` before it sends `welcome`.', 0),
  heartbeatMs: timerMs(30_000, 'Interval between pings to a socket.', 50),
  heartbeatTimeoutMs: timerMs(90_000, 'Silence after which a socket is closed (4408); at least `HEARTBEAT_MS`.', 100),
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
};
