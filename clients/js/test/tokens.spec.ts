import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PostriderError } from '@postrider/client';
import { ClientRig, openRig, stopTime } from './support/client-rig.js';
import { type ScriptedSocket, note, tokenFor } from './support/scripted-server.js';

const HOUR_MS = 3_600_000;
let rig: ClientRig;

beforeEach(() => {
  stopTime();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(async () => {
  await rig.client.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** Refuses every `hello`, as a server does with an invalid token. */
const refuseAll = ({ server }: ClientRig): void => {
  server.scripts.set('hello', (_, socket) => {
    socket.say('error', { code: 'unauthorized', message: 'The token is not signed by Acme.', retryable: false });
    socket.say('goodbye', { code: 4401, reason: 'unauthorized', reconnect: true, retryAfterMs: 0 });
    socket.end(4401, 'unauthorized');
  });
};

describe('tokens', () => {
  it('are reused while they live, and renewed one to two minutes before they end', async () => {
    const token = jest.fn(() => tokenFor(600_000));
    rig = new ClientRig({ token }, ({ welcome }) => (welcome.timeoutMs = 10_000_000));
    await rig.pass();
    rig.server.socket.end();
    await rig.pass(250);
    expect(rig.client.state).toBe('open');
    expect(token).toHaveBeenCalledTimes(1);
    await rig.pass(540_000);
    expect(token).toHaveBeenCalledTimes(2);
    expect(rig.server.socket.sent('refresh')).toHaveLength(1);
    await rig.pass(HOUR_MS - 150_000);
    expect(rig.server.socket.sent('refresh')).toHaveLength(1);
    await rig.pass(90_000);
    expect(rig.server.socket.sent('refresh')).toHaveLength(2);
  });

  it('are requested again by connect() and reconnect()', async () => {
    const token = jest.fn(() => tokenFor(600_000));
    rig = await openRig({ token });
    rig.client.reconnect();
    await rig.pass();
    expect(rig.client.state).toBe('open');
    expect(token).toHaveBeenCalledTimes(2);
  });

  it('that expire while connected are replaced without an event', async () => {
    rig = await openRig();
    rig.server.socket.say('goodbye', { code: 4401, reason: 'token expired', reconnect: true, retryAfterMs: 0 });
    rig.server.socket.end(4401, 'token expired');
    await rig.pass(500);
    expect(rig.client.state).toBe('open');
    expect(rig.errors).toEqual([]);
  });

  it('that cannot be renewed are tried until they end; the connection goes on', async () => {
    let asked = 0;
    const token = (): string => {
      if (++asked > 1) throw new Error('no');
      return tokenFor(100_000);
    };
    rig = await openRig({ token });
    await rig.pass(62_500);
    expect(rig.codes).toEqual(['token_unavailable']);
    await rig.pass(12_000);
    expect(rig.codes.length).toBeGreaterThan(2);
    expect(rig.client.state).toBe('open');
  });

  it('make no storm of requests if each renewal returns the same one', async () => {
    const old = tokenFor(100_000);
    rig = await openRig({ token: () => old });
    rig.server.scripts.set('refresh', ({ id }, socket) =>
      socket.say('refreshed', { expiresAt: new Date(Date.now() + 1_000).toISOString() }, id),
    );
    await rig.pass(100_000);
    const asked = rig.server.socket.sent('refresh').length;
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(50);
  });
});

describe('a token that is refused', () => {
  it.each([
    ['the same each time', () => 'cached'],
    ['another each time', () => tokenFor(HOUR_MS, String(Math.random()))],
  ])('is requested again, more and more slowly, and reported: %s', async (_, token) => {
    let asked = 0;
    rig = new ClientRig({ token: () => `${++asked && token()}` });
    refuseAll(rig);
    await rig.pass(600_000);
    expect(rig.waits.slice(0, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(rig.client.state).toBe('waiting');
    expect(asked).toBe(rig.server.sockets.length);
    expect(rig.errors[0]).toMatchObject({
      code: 'unauthorized',
      message: 'The token is not signed by Acme.',
      retryable: true,
    });
    expect(rig.errors).toHaveLength(rig.waits.length);
    rig.server.scripts.clear();
    await rig.pass(15_000);
    expect(rig.client.state).toBe('open');
  });
});

describe('a token() that returns none', () => {
  it('is called again with growing waits, for as long as it takes', async () => {
    let fails = 100;
    const token = async (): Promise<string> => {
      if (fails-- > 0) throw new Error('sign in first');
      return 'good';
    };
    rig = new ClientRig({ token });
    await rig.pass();
    expect(rig.states.at(-1)).toEqual({ state: 'waiting', reason: 'token_unavailable', retryInMs: 250 });
    expect(rig.errors[0]).toMatchObject({ code: 'token_unavailable', message: 'sign in first', retryable: true });
    await rig.pass(95 * 15_000);
    expect(rig.states.some(({ state }) => state === 'suspended' || state === 'closed')).toBe(false);
    await rig.pass(10 * 15_000);
    expect(rig.client.state).toBe('open');
  });

  it('is given up after requestTimeoutMs if it never settles, and called again', async () => {
    let asked = 0;
    const token = (): Promise<string> => (asked++ === 0 ? new Promise(() => undefined) : Promise.resolve('good'));
    rig = new ClientRig({ token, requestTimeoutMs: 1_000 });
    await rig.pass(1_000);
    expect(rig.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'token_unavailable' });
    expect(rig.errors).toEqual([
      expect.objectContaining({ code: 'token_unavailable', message: 'no answer within 1000 ms' }),
    ]);
    await rig.pass(500);
    expect(rig.client.state).toBe('open');
    expect(asked).toBe(2);
  });

  it('does no harm if it fails too late', async () => {
    const late: ((error: Error) => void)[] = [];
    rig = new ClientRig({ token: () => new Promise((_, reject) => late.push(reject)), requestTimeoutMs: 1_000 });
    await rig.pass(1_000);
    late[0]?.(new Error('too late'));
    await rig.pass();
    expect(rig.codes).toEqual(['token_unavailable']);
  });

  it.each([
    [null, 'token() returned null, not a token'],
    [undefined, 'token() returned undefined, not a token'],
    [{ token: 'secret' }, 'token() returned object, not a token'],
    ['', 'token() returned "", not a token'],
  ])('but %j says so', async (given, message) => {
    rig = new ClientRig({ token: () => given as string });
    await rig.pass();
    expect(rig.errors[0]).toMatchObject({ code: 'token_unavailable', message });
  });
});

describe('wrong clocks', () => {
  /** The server's clock, which is right whatever the page's clock says. */
  const serverTime = { offMs: 0 };
  const trueTime = (): number => performance.timeOrigin + performance.now() + serverTime.offMs;

  const rigOf = (offMs: number, token: () => string): ClientRig => {
    serverTime.offMs = Date.now() - performance.timeOrigin - performance.now();
    jest.setSystemTime(Date.now() + offMs);
    const made = new ClientRig({ token }, ({ welcome }) => (welcome.timeoutMs = HOUR_MS));
    let expiresAtMs = 0;
    const admit = (token: unknown, socket: ScriptedSocket): boolean => {
      expiresAtMs = Number(String(token).split('/')[1]);
      const end = (): void => {
        if (expiresAtMs <= trueTime()) socket.end(4401, 'token expired');
      };
      setTimeout(end, expiresAtMs - trueTime() + 1);
      return expiresAtMs > trueTime();
    };
    made.server.scripts.set('hello', ({ data }, socket) => {
      if (!admit(data['token'], socket)) return socket.end(4401, 'token expired');
      made.server.welcome.serverTimeMs = trueTime();
      made.server.welcome.expiresAt = new Date(expiresAtMs).toISOString();
      return made.server.greet(socket, data['session']);
    });
    made.server.scripts.set('refresh', ({ data, id }, socket) => {
      if (admit(data['token'], socket)) socket.say('refreshed', { expiresAt: new Date(expiresAtMs).toISOString() }, id);
      else socket.say('error', { code: 'unauthorized', message: 'The token has expired.', retryable: false }, id);
    });
    return made;
  };

  it.each([0, -20_000, -600_000, 600_000, -HOUR_MS, HOUR_MS])(
    'by %i ms: tokens are renewed by the server’s clock, and no connection is lost',
    async (offMs) => {
      rig = rigOf(offMs, () => `opaque/${trueTime() + 30_000}`);
      await rig.pass(120_000);
      expect(rig.server.sockets).toHaveLength(1);
      expect(rig.server.socket.sent('refresh').length).toBeGreaterThan(3);
      expect(rig.server.socket.sent('refresh').length).toBeLessThan(20);
      expect(rig.errors).toEqual([]);
    },
  );

  it.each([-20_000, -600_000])(
    'by %i ms with a token cache that follows it: the client never closes',
    async (offMs) => {
      let cached = '';
      let cachedUntil = 0;
      rig = rigOf(offMs, () => {
        // The application's cache compares the token's expiry with the page's clock.
        if (cachedUntil <= Date.now()) {
          cachedUntil = trueTime() + 30_000;
          cached = `opaque/${cachedUntil}`;
        }
        return cached;
      });
      await rig.pass(1_300_000);
      expect(rig.states.some(({ state }) => state === 'closed')).toBe(false);
      expect(rig.states.filter(({ state }) => state === 'open').length).toBeGreaterThan(1);
    },
  );

  it.each([-HOUR_MS, HOUR_MS])('a step of %i ms does not hide a silent server', async (stepMs) => {
    rig = await openRig();
    await rig.pass(10_000);
    jest.setSystemTime(Date.now() + stepMs);
    await rig.pass(79_000);
    expect(rig.client.state).toBe('open');
    await rig.pass(1_000);
    expect(rig.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'silent' });
  });

  it('a step of an hour leaves a living connection alone', async () => {
    rig = await openRig();
    jest.setSystemTime(Date.now() + HOUR_MS);
    for (let n = 0; n < 5; n++) {
      await rig.pass(30_000);
      rig.server.socket.say('ping');
    }
    expect(rig.server.sockets).toHaveLength(1);
  });
});

describe('a token of another user', () => {
  const expectEnd = (): void => {
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason: 'user_changed' });
    expect(rig.errors).toEqual([expect.objectContaining({ code: 'user_changed', retryable: false })]);
    expect(rig.offsets).toEqual([]);
  };

  it('closes the client at refresh(), reported once, with the reason', async () => {
    rig = (await openRig()).listen();
    rig.server.scripts.set('refresh', (_, socket) => {
      socket.say('goodbye', { code: 4503, reason: 'token of another user', reconnect: false, retryAfterMs: 0 });
      socket.end(4503, 'token of another user');
    });
    const refreshing = rig.client.refresh().catch((error: PostriderError) => error.code);
    await rig.pass();
    expect(await refreshing).toBe('user_changed');
    await rig.pass(600_000);
    expectEnd();
  });

  it('closes the client at an automatic renewal, reported once', async () => {
    rig = (await openRig({ token: () => tokenFor(100_000) })).listen();
    rig.server.scripts.set('refresh', (_, socket) => socket.end(4503, 'token of another user'));
    await rig.pass(80_000);
    expectEnd();
  });

  it.each([
    ['a lost connection', (): void => rig.server.socket.end()],
    ['reconnect()', (): void => rig.client.reconnect()],
  ])('closes the client after %s, whether the session is known or not', async (_, begin) => {
    for (const known of [true, false]) {
      rig = (await openRig()).listen();
      rig.server.scripts.set('hello', ({ data }, socket) => {
        if (known && data['session'] !== undefined) return socket.end(4503, 'session of another user');
        rig.server.welcome.user = 'bert';
        rig.server.greet(socket);
        return socket.say('notification', note(1, { topic: 'user:bert' }));
      });
      begin();
      await rig.pass(600_000);
      expectEnd();
      expect(rig.server.socket.sent('ack')).toEqual([]);
      await rig.client.close();
    }
  });

  it('begins a new session if the page has the session of an earlier user', async () => {
    const store = { session: () => 'of-ann' };
    rig = new ClientRig({ store }, (server) => {
      server.scripts.set('hello', ({ data }, socket) => {
        if (data['session'] === undefined) server.greet(socket);
        else socket.end(4503, 'session of another user');
      });
      store.session = () => (server.sockets.length > 0 ? undefined : 'of-ann') as string;
    });
    await rig.pass(1_000);
    expect(rig.client).toMatchObject({ state: 'open', session: 's1' });
    expect(rig.errors).toEqual([]);
  });
});
