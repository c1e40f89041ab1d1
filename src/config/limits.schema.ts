import { networks } from './network-list.js';
import { count, setting, sizeBytes, timerMs } from './setting.js';

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
  unlimitedAddresses: setting(networks(), {
    description:
      'Addresses and networks exempt from the limits per address, such as your own or a proxy that hides its clients.',
    default: PRIVATE.join(','),
  }),
  limitAddresses: count(
    10_000,
    'Addresses that each per-address limit remembers; beyond it, the oldest are forgotten.',
  ),
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
