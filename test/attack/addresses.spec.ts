import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FrameSocket, HandshakeRefused, type OpenOptions } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

let rig: PostriderRig;

interface Opening extends OpenOptions {
  user?: string;
  app?: string;
}

/** Makes a handshake and returns its status: 101, or the status of the refusal. */
async function opened({ user = 'mallory', app = 'main', ...options }: Opening): Promise<number> {
  return rig.socket(user, { claims: { app }, ...options }).then(
    () => 101,
    (error: unknown) => (error instanceof HandshakeRefused ? error.status : 0),
  );
}

async function openedTimes(times: number, options: Opening): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push(await opened(options));
  return statuses;
}

const isCounted = async (limit: string): Promise<boolean> =>
  (await rig.rest().get<string>('/metrics')).body.includes(`postrider_limited_total{limit="${limit}"}`);

/** Options of a handshake from an address that the trusted proxy reports. */
const from = (address: string): OpenOptions => ({ headers: { 'x-forwarded-for': address } });
const FREE = '127.0.0.9';
const free: OpenOptions = { localAddress: FREE };

describe('a flood of handshakes', () => {
  beforeAll(async () => {
    const env = { WS_HANDSHAKES_PER_ADDRESS: '3', TRUSTED_PROXIES: '127.0.0.1', UNLIMITED_ADDRESSES: FREE };
    rig = await PostriderRig.start({ env });
  });
  afterAll(() => rig?.close());

  it('from one address is answered 429, and others are served', async () => {
    expect(await openedTimes(4, { localAddress: '127.0.0.2' })).toEqual([101, 101, 101, 429]);
    expect(await opened({ localAddress: '127.0.0.3' })).toBe(101);
    expect(await isCounted('handshakes')).toBe(true);
  });

  it('counts refused attempts, too', async () => {
    const foreign = { localAddress: '127.0.0.4', origin: 'https://evil.example' };
    expect(await openedTimes(4, foreign)).toEqual([403, 403, 403, 429]);
  });

  it('cannot disguise its address with X-Forwarded-For', async () => {
    const statuses: number[] = [];
    for (const last of [1, 2, 3, 4]) {
      statuses.push(await opened({ ...from(`203.0.113.${last}`), localAddress: '127.0.0.5' }));
    }
    expect(statuses).toEqual([101, 101, 101, 429]);
  });

  it('is told apart by a trusted proxy; only the last entry of its header counts', async () => {
    expect(await openedTimes(4, from('203.0.113.11'))).toEqual([101, 101, 101, 429]);
    expect(await opened(from('203.0.113.12'))).toBe(101);
    expect(await opened(from('203.0.113.19, 203.0.113.11'))).toBe(429);
    expect(await opened(from('203.0.113.11, 203.0.113.19'))).toBe(101);
  });

  it('from one IPv6 network counts as one address', async () => {
    for (const last of ['1', '2', 'ffff']) expect(await opened(from(`2001:db8:0:1::${last}`))).toBe(101);
    expect(await opened(from('2001:db8:0:1:a::1'))).toBe(429);
    expect(await opened(from('2001:db8:0:2::1'))).toBe(101);
  });

  it.each<[string, (nth: number) => string]>([
    ['the port that a proxy writes', (nth) => `203.0.113.50:4000${nth}`],
    ['the port behind an IPv6 address', (nth) => `[2001:db8:0:50::1]:4000${nth}`],
    [
      'the way in which IPv6 is written',
      (nth) => ['2001:db8:51::1', '2001:DB8:51::1', '2001:0db8:0051:0::1', '2001:db8:51:0:0::2'][nth] ?? '',
    ],
    ['what cannot be read', (nth) => `junk-${nth}`],
  ])('does not become another address by %s', async (_, address) => {
    const statuses: number[] = [];
    for (let nth = 0; nth < 4; nth++) statuses.push(await opened(from(address(nth))));
    expect(statuses).toEqual([101, 101, 101, 429]);
  });

  it('from an exempt network is not counted', async () => {
    expect(await openedTimes(5, free)).toEqual([101, 101, 101, 101, 101]);
  });
});

describe('a flood of sockets', () => {
  beforeAll(async () => {
    const perWhom = { ADDRESS: '2', USER: '3', APP: '4' };
    const limits = Object.entries(perWhom).map(([whom, most]) => [`WS_MAX_CONNECTIONS_PER_${whom}`, most]);
    rig = await PostriderRig.start({ env: { ...Object.fromEntries(limits), UNLIMITED_ADDRESSES: FREE } });
  });
  afterAll(() => rig?.close());

  it.each<[string, number, (nth: number) => Opening, Opening]>([
    [
      'connections_address',
      2,
      () => ({ localAddress: '127.0.0.2', app: 'a' }),
      { localAddress: '127.0.0.3', app: 'a' },
    ],
    ['connections_user', 3, () => ({ ...free, app: 'b', user: 'eve' }), { ...free, app: 'b', user: 'ada' }],
    ['connections_app', 4, (nth) => ({ ...free, app: 'c', user: `user-${nth}` }), { ...free, app: 'd' }],
  ])('beyond %s (%i) is answered 429 until one leaves; others are served', async (limit, most, nth, others) => {
    const { user = 'mallory', app = 'main', ...options } = nth(0);
    const first = await rig.socket(user, { claims: { app }, ...options });
    for (let n = 1; n < most; n++) expect(await opened(nth(n))).toBe(101);
    expect(await opened(nth(most))).toBe(429);
    expect(await opened(others)).toBe(101);
    expect(await isCounted(limit)).toBe(true);
    first.cut();
    await until(async () => (await opened(nth(most))) === 101, { what: 'there is room again' });
  });

  it('is counted by user even if the token comes with hello', async () => {
    for (let n = 0; n < 3; n++) expect(await opened({ ...free, app: 'e' })).toBe(101);
    const late = await FrameSocket.open(rig.server().socketUrl, free);
    late.send('hello', { token: await rig.tokens.sign('mallory', { app: 'e' }) });
    expect(await late.ending()).toMatchObject({ code: 4429 });
  });
});

it('sockets beyond the limit of a node are answered 429', async () => {
  rig = await PostriderRig.start({ env: { WS_MAX_CONNECTIONS: '2' } });
  try {
    expect(await openedTimes(3, {})).toEqual([101, 101, 429]);
    expect(await isCounted('connections')).toBe(true);
  } finally {
    await rig.close();
  }
});
