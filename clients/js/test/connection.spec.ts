import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClientRig, openRig, stopTime } from './support/client-rig.js';
import { note } from './support/scripted-server.js';

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
  it('offers the protocol, and sends the token in hello, not in the address', async () => {
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

  it('waits for connect() with autoConnect: false', async () => {
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

  it('draws the wait between zero and the bound', async () => {
    jest.mocked(Math.random).mockReturnValue(0.5);
    rig = await openRig();
    rig.server.socket.end();
    await rig.pass();
    expect(rig.states.at(-1)).toEqual({ state: 'waiting', reason: 'unreachable', retryInMs: 250 });
  });

  it('restarts the count of attempts after a connection of some seconds', async () => {
    rig = await openRig();
    for (let n = 0; n < 20; n++) {
      await rig.pass(5_001);
      rig.server.socket.end();
      await rig.pass(500);
      expect(rig.client.state).toBe('open');
    }
  });

  it('waits longer and longer if connections end at once', async () => {
    rig = await openRig();
    for (let n = 0; n < 4; n++) {
      rig.server.socket.end();
      await rig.pass(4_000);
    }
    expect(rig.waits).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('waits at least as long as a goodbye says, and resumes its session', async () => {
    rig = await openRig();
    rig.server.socket.say('goodbye', { code: 1012, reason: 'restart', reconnect: true, retryAfterMs: 7_000 });
    rig.server.socket.end(1012, 'restart');
    await rig.pass(7_499);
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

  it('does not wait forever for the welcome', async () => {
    rig = new ClientRig({ requestTimeoutMs: 1_000 }, (server) => server.scripts.set('hello', () => undefined));
    await rig.pass(1_000);
    expect(rig.states.at(-1)).toMatchObject({ state: 'waiting', reason: 'silent' });
  });

  it('drops the socket and connects at once on reconnect()', async () => {
    rig = await openRig();
    rig.client.reconnect();
    await rig.pass();
    expect(rig.server.sockets.map(({ closedWith }) => closedWith)).toEqual([1000, undefined]);
    expect(rig.client.state).toBe('open');
  });

  it('ignores events of an old socket', async () => {
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
    [4503, 'user_changed'],
    [4999, 'connection_lost'],
  ])('stays closed after %i', async (code, reason) => {
    rig = await openRig();
    rig.server.socket.end(code, 'so be it');
    await rig.pass(600_000);
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason });
    expect(rig.errors.at(-1)).toMatchObject({ code: reason, retryable: false });
    expect(rig.server.sockets).toHaveLength(1);
  });

  it('begins a new session after its own was ended', async () => {
    rig = await openRig();
    rig.server.socket.end(4500);
    await rig.pass();
    rig.client.connect();
    await rig.pass();
    expect(rig.server.socket.sent('hello')).toEqual([{ token: 'opaque' }]);
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

  it('make the client check the connection', async () => {
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

  it('keep attempts from being used up without a network', async () => {
    Object.assign(navigator, { onLine: false });
    rig = await openRig();
    rig.server.up = false;
    rig.server.socket.end();
    await rig.pass(3_600_000);
    expect(rig.client.state).toBe('waiting');
    expect(rig.server.sockets.length).toBeGreaterThan(3_600 / 60);
    expect(rig.server.sockets.length).toBeLessThan(3_600 / 30);
    rig.server.up = true;
    page.dispatchEvent(new Event('online'));
    await rig.pass();
    expect(rig.client.state).toBe('open');
  });

  it.each([
    ['the network is back', () => page.dispatchEvent(new Event('online'))],
    ['the page is looked at', () => document.dispatchEvent(new Event('visibilitychange'))],
    ['the page comes out of the cache', () => page.dispatchEvent(new Event('pageshow'))],
  ])('end the slow state at once: %s', async (_, hint) => {
    rig = new ClientRig({}, (server) => (server.up = false));
    await rig.pass(600_000);
    expect(rig.client.state).toBe('suspended');
    rig.server.up = true;
    hint();
    await rig.pass();
    expect(rig.client.state).toBe('open');
  });

  it('use up no attempt, however often the page becomes visible', async () => {
    rig = new ClientRig({}, (server) => (server.up = false));
    for (let n = 0; n < 50; n++) {
      await rig.pass(100);
      document.dispatchEvent(new Event('visibilitychange'));
    }
    await rig.pass();
    expect(rig.server.sockets.length).toBeGreaterThan(40);
    expect(rig.client.state).toBe('waiting');
  });
});
