import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClientRig, openRig, stopTime } from './support/client.rig.js';
import { note, tokenFor } from './support/scripted.server.js';

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

describe('connecting', () => {
  it('offers the protocol, gives the token with hello and not in the address', async () => {
    rig = await openRig({
      url: 'https://push.example.com',
      token: async () => 'secret',
      window: 10,
      clientName: 'shop',
    });
    const { socket } = rig.server;
    expect(socket.url).toBe('wss://push.example.com/ws');
    expect(socket.offered).toBe('postrider.v1');
    expect(socket.received[0]).toEqual({
      event: 'hello',
      data: { token: 'secret', window: 10, client: 'shop' },
    });
    expect(rig.client).toMatchObject({ state: 'open', session: 's1', user: 'ann', node: 'n1' });
  });

  it('waits for connect() where it shall not begin by itself', async () => {
    rig = new ClientRig({ autoConnect: false });
    await rig.pass(1_000);
    expect(rig.server.sockets).toEqual([]);
    rig.client.connect();
    await rig.pass();
    expect(rig.client.state).toBe('open');
  });

  it('shows frames to a log, without the token', async () => {
    const log: string[] = [];
    rig = await openRig({ onFrame: (direction, frame) => log.push(`${direction} ${JSON.stringify(frame)}`) });
    expect(log[0]).toBe('out {"event":"hello","data":{"token":"…"}}');
    expect(log[1]).toMatch(/^in {"event":"welcome"/);
  });
});

describe('coming back', () => {
  it('sends nothing into a socket that is closing', async () => {
    rig = await openRig();
    const { socket } = rig.server;
    socket.say('ping');
    socket.end();
    await rig.pass();
    expect(socket.late).toEqual([]);
  });

  it('backs off exponentially, and gives up after eight tries in a row', async () => {
    rig = new ClientRig({}, (server) => (server.up = false));
    await rig.pass(300_000);
    const waits = rig.states.flatMap(({ retryInMs }) => retryInMs ?? []);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(rig.server.sockets).toHaveLength(9);
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason: 'unreachable' });
    expect(rig.errors.at(-1)).toMatchObject({ code: 'unreachable', retryable: true });
    rig.server.up = true;
    rig.client.connect();
    await rig.pass();
    expect(rig.client.state).toBe('open');
  });

  it('goes on for ever where that is asked for', async () => {
    rig = new ClientRig({ backoff: { maxTries: Infinity, capMs: 1_000 } }, (server) => (server.up = false));
    await rig.pass(60_000);
    expect(rig.server.sockets.length).toBeGreaterThan(50);
    expect(rig.client.state).not.toBe('closed');
  });

  it('draws the wait between zero and the bound', async () => {
    jest.mocked(Math.random).mockReturnValue(0.5);
    rig = await openRig();
    rig.server.socket.end();
    await rig.pass();
    expect(rig.states.at(-1)).toEqual({ state: 'waiting', reason: 'unreachable', retryInMs: 250 });
  });

  it('counts tries anew after a welcome', async () => {
    rig = await openRig();
    for (let n = 0; n < 20; n++) {
      rig.server.socket.end();
      await rig.pass(500);
      expect(rig.client.state).toBe('open');
    }
  });

  it('obeys the time that a goodbye names, and resumes its session', async () => {
    rig = await openRig();
    rig.server.socket.say('goodbye', { code: 1012, reason: 'restart', reconnect: true, retryAfterMs: 7_000 });
    rig.server.socket.end(1012, 'restart');
    await rig.pass(6_999);
    expect(rig.client.state).toBe('waiting');
    await rig.pass(1);
    expect(rig.client.state).toBe('open');
    expect(rig.server.socket.sent('hello')).toEqual([{ token: 'opaque', session: 's1' }]);
  });

  it('leaves a silent server, and answers pings', async () => {
    rig = await openRig();
    await rig.pass(60_000);
    rig.server.socket.say('ping');
    await rig.pass(0);
    expect(rig.server.socket.received.at(-1)).toEqual({ event: 'pong' });
    await rig.pass(89_999);
    expect(rig.client.state).toBe('open');
    await rig.pass(1);
    expect(rig.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'silent' });
  });

  it('does not wait for ever for a greeting', async () => {
    rig = new ClientRig({ requestTimeoutMs: 1_000 }, (server) => server.scripts.set('hello', () => undefined));
    await rig.pass(1_000);
    expect(rig.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'silent' });
  });

  it('drops the socket and comes back at once when the application says so', async () => {
    rig = await openRig();
    rig.client.reconnect();
    await rig.pass();
    expect(rig.server.sockets.map(({ closedWith }) => closedWith)).toEqual([1000, undefined]);
    expect(rig.client.state).toBe('open');
  });

  it('ignores what an old socket still says', async () => {
    rig = (await openRig()).listen();
    const { socket: old } = rig.server;
    rig.client.reconnect();
    old.closedWith = undefined;
    old.say('notification', note(1));
    old.end(4503);
    await rig.pass();
    expect(rig.offsets).toEqual([]);
    expect(rig.client.state).toBe('open');
  });
});

describe('being sent away', () => {
  it.each([
    [4409, 'taken_over'],
    [4500, 'session_ended'],
    [4503, 'forbidden'],
    [4999, 'connection_lost'],
  ])('stays closed after %i', async (code, reason) => {
    rig = await openRig();
    rig.server.socket.end(code, 'so be it');
    await rig.pass(600_000);
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason });
    expect(rig.errors.at(-1)).toMatchObject({ code: reason, retryable: false });
    expect(rig.server.sockets).toHaveLength(1);
  });

  it('begins a fresh session where the old one is another user’s', async () => {
    rig = await openRig();
    rig.server.socket.end();
    rig.server.scripts.set('hello', ({ data }, socket) => {
      if (data['session'] === undefined) rig.server.greet(socket);
      else socket.end(4503, 'session of another user');
    });
    await rig.pass(1_000);
    expect(rig.client).toMatchObject({ state: 'open', session: 's2' });
  });

  it('begins a fresh session after its own was ended', async () => {
    rig = await openRig();
    rig.server.socket.end(4500);
    await rig.pass();
    rig.client.connect();
    await rig.pass();
    expect(rig.server.socket.sent('hello')).toEqual([{ token: 'opaque' }]);
  });
});

describe('tokens', () => {
  it('are used again while they live, and renewed before they end', async () => {
    const token = jest.fn(() => tokenFor(600_000));
    rig = new ClientRig({ token }, ({ welcome }) => (welcome.timeoutMs = 10_000_000));
    await rig.pass();
    rig.client.reconnect();
    await rig.pass();
    expect(token).toHaveBeenCalledTimes(1);
    await rig.pass(541_000);
    expect(token).toHaveBeenCalledTimes(2);
    expect(rig.server.socket.sent('refresh')).toHaveLength(1);
    await rig.pass(3_600_000 - 62_000);
    expect(rig.server.socket.sent('refresh')).toHaveLength(1);
    await rig.pass(2_000);
    expect(rig.server.socket.sent('refresh')).toHaveLength(2);
  });

  it('are asked for anew after a refusal; the same one twice is the end', async () => {
    let asked = 0;
    const [first, second] = [tokenFor(3_600_000, 'a'), tokenFor(3_600_000, 'b')];
    rig = new ClientRig({ token: () => (asked++ === 0 ? first : second) }, (server) => {
      server.scripts.set('hello', (_, socket) => {
        socket.say('goodbye', { code: 4401, reason: 'unauthorized', reconnect: true, retryAfterMs: 0 });
        socket.end(4401, 'unauthorized');
      });
    });
    await rig.pass(10_000);
    expect(asked).toBe(3);
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason: 'unauthorized' });
    expect(rig.errors.map(({ code, retryable }) => [code, retryable])).toEqual([['unauthorized', false]]);
  });

  it('that expire while connected are replaced at once', async () => {
    rig = await openRig();
    rig.server.socket.say('goodbye', { code: 4401, reason: 'token expired', reconnect: true, retryAfterMs: 0 });
    rig.server.socket.end(4401, 'token expired');
    await rig.pass(1);
    expect(rig.client.state).toBe('open');
  });

  it('that cannot be had count as a try, and are told', async () => {
    let fails = 2;
    rig = new ClientRig({
      token: async () => {
        if (fails-- > 0) throw new Error('sign in first');
        return 'good';
      },
    });
    await rig.pass();
    expect(rig.errors[0]).toMatchObject({ code: 'token_unavailable', retryable: true });
    expect(rig.errors[0]?.message).toContain('sign in first');
    expect(rig.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'token_unavailable' });
    await rig.pass(1_500);
    expect(rig.client.state).toBe('open');
    expect(rig.codes).toEqual(['token_unavailable', 'token_unavailable']);
  });

  it('that cannot be renewed are tried until they end', async () => {
    let asked = 0;
    const token = (): string => {
      if (++asked > 1) throw new Error('no');
      return tokenFor(100_000);
    };
    rig = await openRig({ token });
    await rig.pass(76_000);
    expect(rig.codes).toEqual(['token_unavailable']);
    await rig.pass(12_000);
    expect(rig.codes.length).toBeGreaterThan(2);
    expect(rig.client.state).toBe('open');
  });
});

describe('the browser’s hints', () => {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { hidden: false });

  beforeEach(() => {
    const addEventListener = page.addEventListener.bind(page);
    Object.assign(globalThis, { addEventListener, document });
    Object.defineProperty(globalThis, 'navigator', { value: { onLine: true }, configurable: true });
  });

  afterEach(() => {
    for (const name of ['addEventListener', 'document', 'navigator']) Reflect.deleteProperty(globalThis, name);
  });

  it('end the wait', async () => {
    rig = await openRig();
    for (const hint of [
      () => page.dispatchEvent(new Event('online')),
      () => document.dispatchEvent(new Event('visibilitychange')),
    ]) {
      rig.server.socket.end();
      await rig.pass();
      expect(rig.client.state).toBe('waiting');
      hint();
      await rig.pass();
      expect(rig.client.state).toBe('open');
    }
  });

  it('make the client look whether the connection is alive', async () => {
    rig = await openRig();
    document.dispatchEvent(new Event('visibilitychange'));
    await rig.pass();
    expect(rig.server.socket.received.at(-1)).toEqual({ event: 'ping' });
    await rig.pass(1);
    rig.server.socket.say('pong');
    await rig.pass(5_000);
    expect(rig.client.state).toBe('open');
    document.dispatchEvent(new Event('visibilitychange'));
    await rig.pass(5_000);
    expect(rig.states.find(({ reason }) => reason === 'silent')).toBeDefined();
  });

  it('keep tries from being used up while there is no network', async () => {
    Object.assign(navigator, { onLine: false });
    rig = await openRig();
    rig.server.up = false;
    rig.server.socket.end();
    await rig.pass(3_600_000);
    expect(rig.client.state).toBe('waiting');
    expect(rig.server.sockets).toHaveLength(121);
    rig.server.up = true;
    page.dispatchEvent(new Event('online'));
    await rig.pass();
    expect(rig.client.state).toBe('open');
  });
});
