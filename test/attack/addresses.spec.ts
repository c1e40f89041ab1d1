import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameSocket, HandshakeRefused, type OpenOptions } from '../support/frame.socket.js';
import { PostriderRig } from '../support/postrider.rig.js';
import { until } from '../support/wait.js';

/** So that the addresses of loopback count as those of anybody. */
const COUNTED = { UNLIMITED_ADDRESSES: '192.0.2.1' };

let rig: PostriderRig;
afterEach(() => rig?.close());

/** What became of a handshake: 101, or the status with which it was refused. */
async function opened(options: OpenOptions & { user?: string; claims?: { app?: string } }): Promise<number> {
  const { user = 'mallory', claims, ...rest } = options;
  return rig.socket(user, { ...rest, ...(claims && { claims }) }).then(
    () => 101,
    (error: unknown) => (error instanceof HandshakeRefused ? error.status : 0),
  );
}

async function openedTimes(times: number, options: Parameters<typeof opened>[0]): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push(await opened(options));
  return statuses;
}

const counted = async (limit: string): Promise<boolean> =>
  (await rig.rest().get<string>('/metrics')).body.includes(`postrider_limited_total{limit="${limit}"} 1\n`);

const from = (address: string): OpenOptions => ({ headers: { 'x-forwarded-for': address } });

describe('a flood of handshakes', () => {
  it('from one address is answered 429, and others are served', async () => {
    rig = await PostriderRig.start({ env: { ...COUNTED, WS_HANDSHAKES_PER_ADDRESS: '3' } });
    expect(await openedTimes(4, { localAddress: '127.0.0.2' })).toEqual([101, 101, 101, 429]);
    expect(await opened({ localAddress: '127.0.0.3' })).toBe(101);
    expect(await counted('handshakes')).toBe(true);
  });

  it('counts tries that are refused, too', async () => {
    rig = await PostriderRig.start({ env: { ...COUNTED, WS_HANDSHAKES_PER_ADDRESS: '3' } });
    const foreign = { localAddress: '127.0.0.2', origin: 'https://evil.example' };
    expect(await openedTimes(4, foreign)).toEqual([403, 403, 403, 429]);
  });

  it('cannot be told to be from elsewhere by X-Forwarded-For', async () => {
    rig = await PostriderRig.start({ env: { ...COUNTED, WS_HANDSHAKES_PER_ADDRESS: '3' } });
    const statuses = [1, 2, 3, 4].map((last) => opened(from(`203.0.113.${last}`)));
    expect((await Promise.all(statuses)).toSorted()).toEqual([101, 101, 101, 429]);
  });

  it('is told apart by a trusted proxy, of whose header only the last entry counts', async () => {
    rig = await PostriderRig.start({
      env: { ...COUNTED, WS_HANDSHAKES_PER_ADDRESS: '3', TRUSTED_PROXIES: '127.0.0.1' },
    });
    expect(await openedTimes(4, from('203.0.113.1'))).toEqual([101, 101, 101, 429]);
    expect(await opened(from('203.0.113.2'))).toBe(101);
    expect(await opened(from('203.0.113.9, 203.0.113.1'))).toBe(429);
    expect(await opened(from('203.0.113.1, 203.0.113.9'))).toBe(101);
    expect(await opened({ ...from('203.0.113.77'), localAddress: '127.0.0.2' })).toBe(101);
  });

  it('of an IPv6 network counts as one', async () => {
    rig = await PostriderRig.start({
      env: { ...COUNTED, WS_HANDSHAKES_PER_ADDRESS: '3', TRUSTED_PROXIES: '127.0.0.1' },
    });
    for (const last of ['1', '2', 'ffff']) expect(await opened(from(`2001:db8:0:1::${last}`))).toBe(101);
    expect(await opened(from('2001:db8:0:1:a::1'))).toBe(429);
    expect(await opened(from('2001:db8:0:2::1'))).toBe(101);
  });

  it('from a network of our own is not counted', async () => {
    rig = await PostriderRig.start({ env: { WS_HANDSHAKES_PER_ADDRESS: '3' } });
    expect(await openedTimes(5, {})).toEqual([101, 101, 101, 101, 101]);
  });
});

describe('a flood of sockets', () => {
  it.each<[string, Record<string, string>, OpenOptions, OpenOptions & { user?: string; claims?: { app: string } }]>([
    ['connections_address', { WS_MAX_CONNECTIONS_PER_ADDRESS: '2' }, { localAddress: '127.0.0.2' }, {}],
    ['connections_user', { WS_MAX_CONNECTIONS_PER_USER: '2' }, {}, { user: 'somebody' }],
    ['connections_app', { WS_MAX_CONNECTIONS_PER_APP: '2' }, {}, { user: 'a', claims: { app: 'other' } }],
  ])('beyond %s is answered 429 until one leaves; others are served', async (limit, env, own, others) => {
    rig = await PostriderRig.start({ env: { ...COUNTED, ...env } });
    const first = await rig.socket('mallory', own);
    expect(await openedTimes(2, own)).toEqual([101, 429]);
    expect(await opened(others)).toBe(101);
    expect(await counted(limit)).toBe(true);
    first.cut();
    await until(async () => (await opened(own)) === 101, { what: 'there is room again' });
  });

  it('beyond all that a node may have is answered 429', async () => {
    rig = await PostriderRig.start({ env: { WS_MAX_CONNECTIONS: '2' } });
    expect(await openedTimes(3, {})).toEqual([101, 101, 429]);
    expect(await counted('connections')).toBe(true);
  });

  it('is counted by user also where the token comes with hello', async () => {
    rig = await PostriderRig.start({ env: { WS_MAX_CONNECTIONS_PER_USER: '1' } });
    await rig.socket('mallory');
    const late = await FrameSocket.open(rig.server().socketUrl);
    late.send('hello', { token: await rig.tokens.sign('mallory') });
    expect(await late.ending()).toMatchObject({ code: 4429 });
  });
});
