import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClientRig, openRig, stopTime } from './support/client-rig.js';
import type { ScriptedServer } from './support/scripted-server.js';

let rig: ClientRig;

beforeEach(() => {
  stopTime();
  jest.spyOn(Math, 'random').mockReturnValue(0.999_999);
});

afterEach(async () => {
  await rig.client.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const down = (server: ScriptedServer): void => void (server.up = false);
const HOUR_MS = 3_600_000;

describe('a server that is away', () => {
  it('is tried eight times with exponential waits, then slowly forever', async () => {
    rig = new ClientRig({}, down);
    await rig.pass(100_000);
    expect(rig.waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 60_000]);
    expect(rig.states.at(-1)).toEqual({ state: 'suspended', reason: 'unreachable', retryInMs: 60_000 });
    jest.mocked(Math.random).mockReturnValue(0);
    const { length } = rig.server.sockets;
    await rig.pass(24 * HOUR_MS);
    expect(rig.client.state).toBe('suspended');
    expect(rig.server.sockets.length - length).toBeGreaterThan(24 * 119);
    expect(rig.states.some(({ state }) => state === 'closed')).toBe(false);
  });

  it.each(['connect', 'reconnect'] as const)('is tried at once by %s()', async (how) => {
    rig = new ClientRig({}, down);
    await rig.pass(HOUR_MS);
    rig.server.up = true;
    rig.client[how]();
    await rig.pass();
    expect(rig.client.state).toBe('open');
  });

  it('is found again after three minutes, with waiting messages and subscriptions', async () => {
    rig = await openRig();
    rig.server.up = false;
    rig.server.socket.end();
    await rig.pass(1_000);
    const published = rig.client.publish('orders', 'paid', 1, { key: 'k' });
    const subscribed = rig.client.subscribe('orders', () => undefined);
    await rig.pass(180_000);
    rig.server.up = true;
    await rig.pass(60_000);
    expect(rig.client.state).toBe('open');
    await expect(published).resolves.toMatchObject({ id: 'id-k' });
    await expect(subscribed).resolves.toMatchObject({ topic: 'orders' });
  });

  it('is tried quickly forever with maxTries: Infinity', async () => {
    rig = new ClientRig({ backoff: { maxTries: Infinity, capMs: 1_000 } }, down);
    await rig.pass(60_000);
    expect(rig.server.sockets.length).toBeGreaterThan(50);
    expect(rig.client.state).toBe('waiting');
  });

  it('is reported once by the first failure, with its address', async () => {
    rig = new ClientRig({ url: 'https://push.example.com/push?key=secret' }, down);
    await rig.pass(0);
    expect(rig.errors).toEqual([
      expect.objectContaining({
        code: 'unreachable',
        message: 'wss://push.example.com/push/ws: no answer',
        retryable: true,
      }),
    ]);
    await rig.pass(HOUR_MS);
    expect(rig.errors).toHaveLength(1);
    rig.server.up = true;
    await rig.pass(60_000);
    rig.server.up = false;
    rig.server.socket.end();
    await rig.pass(1_000);
    expect(rig.codes).toEqual(['unreachable', 'unreachable']);
  });

  it('has random waits, so that clients do not come back together', async () => {
    jest.mocked(Math.random).mockRestore();
    const first = new Set<number>();
    const slow = new Set<number>();
    for (let n = 0; n < 20; n++) {
      rig = new ClientRig({}, down);
      await rig.pass(200_000);
      first.add(rig.waits[0] ?? NaN);
      for (const { state, retryInMs = NaN } of rig.states) if (state === 'suspended') slow.add(retryInMs);
      await rig.client.close();
    }
    expect(first.size).toBeGreaterThan(10);
    expect(slow.size).toBeGreaterThan(10);
    for (const waitMs of slow) expect(Math.abs(waitMs - 45_000)).toBeLessThanOrEqual(15_000);
  });
});

describe('a server that names a wait', () => {
  const sayGoodbye = (retryAfterMs: unknown, code = 1012, reason = 'redis_unavailable') => {
    return (server: ScriptedServer): void =>
      void server.scripts.set('hello', (_, socket) => {
        socket.say('error', { code: 'redis_unavailable', message: 'Redis is away', retryable: true });
        socket.say('goodbye', { code, reason, reconnect: true, retryAfterMs });
        socket.end(code, reason);
      });
  };

  it('sets the least wait, with growing jitter on top, and uses up no attempt', async () => {
    rig = new ClientRig({}, sayGoodbye(1_000));
    await rig.pass(HOUR_MS);
    expect(rig.waits.slice(0, 8)).toEqual([1_500, 2_000, 3_000, 5_000, 9_000, 17_000, 31_000, 31_000]);
    expect(rig.client.state).toBe('waiting');
    expect(rig.errors).toEqual([expect.objectContaining({ code: 'redis_unavailable', message: 'Redis is away' })]);
    rig.server.scripts.clear();
    await rig.pass(31_000);
    expect(rig.client.state).toBe('open');
  });

  it.each([
    ['an hour', HOUR_MS, 300_500],
    ['no number', 'soon', 500],
    ['nothing', undefined, 500],
    ['less than nothing', -5_000, 500],
  ])('is bounded if it says %s', async (_, retryAfterMs, waitMs) => {
    rig = new ClientRig({}, sayGoodbye(retryAfterMs));
    await rig.pass(0);
    expect(rig.waits).toEqual([waitMs]);
  });

  it('is not left for good when it is full', async () => {
    rig = new ClientRig({}, (server) =>
      server.scripts.set('hello', (_, socket) => socket.end(4429, 'too many sockets')),
    );
    await rig.pass(HOUR_MS);
    expect(rig.client.state).toBe('waiting');
    expect(rig.errors).toEqual([expect.objectContaining({ code: 'rate_limited', message: 'too many sockets' })]);
  });

  it('is obeyed if the close frame is lost behind the goodbye', async () => {
    rig = await openRig();
    rig.server.socket.say('goodbye', { code: 4409, reason: 'taken over', reconnect: false, retryAfterMs: 0 });
    rig.server.socket.end(1006);
    await rig.pass(HOUR_MS);
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason: 'taken_over' });
    expect(rig.server.sockets).toHaveLength(1);
  });
});

describe('a frame that is too large for the server', () => {
  it('is reported, and the client comes back', async () => {
    rig = await openRig();
    rig.server.socket.end(1009, 'Max payload size exceeded');
    await rig.pass(500);
    expect(rig.errors).toEqual([
      expect.objectContaining({ code: 'payload_too_large', message: 'Max payload size exceeded' }),
    ]);
    expect(rig.client.state).toBe('open');
  });

  it.each([1_024, 4_096, 65_536])('is not made of small ones: %i bytes', async (maxFrameBytes) => {
    rig = new ClientRig({}, ({ welcome }) => (welcome.maxFrameBytes = maxFrameBytes));
    await rig.pass();
    const published = Array.from({ length: 100 }, (_, n) =>
      rig.client.publish('orders', 'paid', `${n} ${'ä'.repeat(80)}`),
    );
    await rig.pass();
    await Promise.all(published);
    const sizes = rig.server.socket.messages.map((text) => Buffer.byteLength(text));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.min(maxFrameBytes, 16_384));
    expect(sizes.length).toBeLessThan(50);
    expect(rig.server.sockets).toHaveLength(1);
  });

  it('is refused alone, with its size', async () => {
    rig = new ClientRig({}, ({ welcome }) => (welcome.maxFrameBytes = 1_024));
    await rig.pass();
    await expect(rig.client.publish('orders', 'paid', 'ä'.repeat(600))).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringMatching(/^the frame publish has 1\d\d\d bytes, the server accepts 1024$/),
    });
    expect(rig.client.state).toBe('open');
  });
});

describe('a server that refuses this page', () => {
  const problem =
    (status: number, code: string, detail: string, headers = {}) =>
    (): Response =>
      Response.json({ status, code, detail }, { status, headers });

  it('is asked once why, is quoted, and is tried slowly, as an operator may fix that', async () => {
    rig = new ClientRig({ url: 'https://push.example.com' }, (server) => {
      server.up = false;
      server.why = problem(403, 'forbidden', 'The origin https://app.example is not in WS_ORIGINS.');
    });
    await rig.pass(HOUR_MS);
    expect(rig.whys).toEqual(['https://push.example.com/ws/why']);
    expect(rig.errors).toEqual([
      expect.objectContaining({
        code: 'forbidden',
        message: 'The origin https://app.example is not in WS_ORIGINS.',
        retryable: true,
      }),
    ]);
    expect(rig.waits.slice(0, 3)).toEqual([500, 60_000, 60_000]);
    expect(rig.states.at(-1)).toMatchObject({ state: 'suspended', reason: 'forbidden' });
    rig.server.up = true;
    await rig.pass(60_000);
    expect(rig.client.state).toBe('open');
  });

  it('sets the wait when it is full, and uses up no attempt', async () => {
    rig = new ClientRig({}, (server) => {
      server.up = false;
      server.why = problem(503, 'redis_unavailable', 'Redis is not reachable.', { 'retry-after': '4' });
    });
    await rig.pass(HOUR_MS);
    expect(rig.waits.slice(0, 4)).toEqual([500, 5_000, 6_000, 8_000]);
    expect(rig.client.state).toBe('waiting');
    expect(rig.codes).toEqual(['redis_unavailable']);
  });

  it.each([
    ['an older server', () => new Response('Not found', { status: 404 }), /HTTP 404/],
    ['a proxy that passes no WebSockets', () => Response.json({ allowed: true }), /HTTP 200/],
  ])('differs from an absent one: %s', async (_, why, words) => {
    rig = new ClientRig({}, (server) => Object.assign(server, { up: false, why }));
    await rig.pass(0);
    expect(rig.errors).toEqual([
      expect.objectContaining({ code: 'unreachable', message: expect.stringMatching(words) }),
    ]);
  });

  it('is asked no more if it does not answer that question', async () => {
    rig = new ClientRig({ requestTimeoutMs: 1_000 }, down);
    jest.mocked(fetch).mockImplementation(() => new Promise(() => undefined));
    await rig.pass(1_000);
    expect(rig.codes).toEqual(['unreachable']);
  });
});
