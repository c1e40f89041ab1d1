import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Postrider, type PostriderOptions, type Store } from '@postrider/client';
import { BrowserStore } from '@postrider/client/browser-store';
import { ClientRig, openRig, stopTime } from './support/client-rig.js';
import { type FakeLocks, closeBrowser, define, forbid, openBrowser } from './support/fake-browser.js';
import { ScriptedServer, note } from './support/scripted-server.js';

let rig: ClientRig;
let locks: FakeLocks;

beforeEach(stopTime);
afterEach(async () => {
  jest.useRealTimers();
  await rig?.client.close();
  closeBrowser();
});

/** Returns a promise that never settles. */
const never = (): Promise<never> => new Promise(() => undefined);

/**
 * Sends a notification and expects it to be handled once and acknowledged, within the time that a
 * store may take.
 */
async function expectHandled(offset: number, withinMs = 10_100): Promise<void> {
  rig.server.socket.say('notification', note(offset));
  await rig.pass(withinMs);
  expect(rig.offsets.filter((each) => each === offset)).toEqual([offset]);
  expect(rig.server.socket.sent('ack').at(-1)).toMatchObject({ offset });
}

describe('a store that does not answer', () => {
  const silent: Store = { session: never, keep: never, seen: never, add: never, claim: never };

  it.each(Object.keys(silent) as (keyof Store)[])(
    'to %s is reported once, and the client goes on in memory',
    async (method) => {
      const store = { ...emptyStore(), [method]: silent[method] };
      rig = new ClientRig({ store }).listen();
      await rig.pass(5_000);
      expect(rig.client.state).toBe('open');
      await rig.pass(5_000);
      await expectHandled(1, 5_100);
      await expectHandled(2, 100);
      expect(rig.codes).toEqual(['storage_unavailable']);
    },
  );

  it('to any call does not keep the client from closing', async () => {
    rig = new ClientRig({ store: silent }).listen();
    await rig.pass(10_000);
    rig.server.socket.say('notification', note(1));
    await rig.pass(5_000);
    const closed = rig.client.close().then(() => 'closed');
    await rig.pass(5_000);
    expect(await Promise.race([closed, 'pending'])).toBe('closed');
  });

  it('gets the missed ids when it answers again', async () => {
    const stored: string[] = [];
    let isSilent = true;
    const add: Store['add'] = async (_, ids) => (isSilent ? never() : void stored.push(...ids));
    rig = (await openRig({ store: { ...emptyStore(), add } })).listen();
    await expectHandled(1);
    await expectHandled(2);
    isSilent = false;
    await rig.pass(30_000);
    await expectHandled(3);
    expect(stored).toEqual(['n3', 'n1', 'n2']);
  });

  it('while another client has the right to a notification is not reported', async () => {
    const claim: Store['claim'] = (_, id) => (id === 'n1' ? never() : Promise.resolve(() => undefined));
    rig = (await openRig({ store: { ...emptyStore(), claim } })).listen();
    rig.server.socket.say('notification', note(1));
    await rig.pass(20_000);
    expect(rig.offsets).toEqual([]);
    expect(rig.codes).toEqual([]);
  });
});

describe('a browser', () => {
  beforeEach(() => {
    ({ locks } = openBrowser());
  });

  it.each(['indexedDB', 'navigator', 'sessionStorage'] as const)('that forbids %s is told of once', async (name) => {
    forbid(name);
    rig = new ClientRig().listen();
    await rig.pass(1_000);
    await expectHandled(1, 1_000);
    await expectHandled(2, 1_000);
    expect(rig.codes).toEqual(['storage_unavailable']);
  });

  it('whose database never opens is reported once', async () => {
    indexedDB.open = () => new EventTarget() as IDBOpenDBRequest;
    rig = new ClientRig().listen();
    await rig.pass(5_000);
    await expectHandled(1, 100);
    await expectHandled(2, 100);
    expect(rig.codes).toEqual(['storage_unavailable']);
  });

  it('whose database hangs is used again when it answers', async () => {
    rig = new ClientRig().listen();
    await rig.pass(1_000);
    await expectHandled(1, 1_000);
    const open = indexedDB.open.bind(indexedDB);
    indexedDB.open = () => new EventTarget() as IDBOpenDBRequest;
    indexedDB.deleteDatabase('postrider');
    await expectHandled(2);
    await expectHandled(3);
    indexedDB.open = open;
    await rig.pass(5_000);
    for (const offset of [4, 5]) await expectHandled(offset, 1_000);
    const ids = new BrowserStore('ws://localhost/ws ', true).seen('ann', 10);
    await rig.pass(1_000);
    expect((await ids).toSorted()).toEqual(['n2', 'n3', 'n4', 'n5']);
    expect(rig.codes).toEqual(['storage_unavailable']);
  });

  it('whose locks are never granted is reported once', async () => {
    locks.isDeaf = true;
    rig = new ClientRig().listen();
    await rig.pass(1_000);
    await expectHandled(1);
    await expectHandled(2, 100);
    expect(rig.codes).toEqual(['storage_unavailable']);
  });
});

describe('a client that is made and closed at once', () => {
  beforeEach(() => {
    ({ locks } = openBrowser());
  });

  const mountTwice = async (server: ScriptedServer, token: () => Promise<string>): Promise<ClientRig> => {
    const { WebSocket } = server;
    void new Postrider({ url: 'http://localhost', token, WebSocket }).close();
    const mounted = new ClientRig({ token, WebSocket });
    await mounted.pass(1_000);
    return mounted;
  };

  it('requests nothing and leaves the session to the next one, at each reload', async () => {
    const server = new ScriptedServer();
    const asked: string[] = [];
    const token = async (): Promise<string> => String(asked.push('token'));
    for (let reload = 1; reload <= 4; reload += 1) {
      rig = await mountTwice(server, token);
      expect(rig.client.session).toBe('s1');
      expect(asked).toHaveLength(reload);
      expect(server.sockets).toHaveLength(reload);
      expect(locks.held).toHaveLength(1);
      await rig.client.close();
    }
    expect(locks.held).toEqual([]);
  });

  it.each([0, 1, 50, 100, 299])('or after %d ms leaves no lock behind', async (ms) => {
    rig = new ClientRig({ token: () => new Promise((resolve) => setTimeout(resolve, 50, 'token')) });
    await rig.pass(ms);
    await rig.client.close();
    await rig.pass(1_000);
    expect(locks.held).toEqual([]);
    expect(rig.client.state).toBe('closed');
  });

  it('is open if connect() was called last', async () => {
    rig = new ClientRig({ autoConnect: false });
    rig.client.connect();
    void rig.client.close();
    rig.client.connect();
    await rig.pass(1_000);
    expect(rig.client.state).toBe('open');
    rig.listen();
    void rig.client.close();
    rig.client.connect();
    await rig.pass(1_000);
    expect(rig.client.state).toBe('open');
    await expectHandled(1, 1_000);
  });

  it('does not resume a session that another tab took meanwhile', async () => {
    rig = new ClientRig();
    await rig.pass(1_000);
    const { session } = rig.client;
    await rig.client.close();
    await rig.pass(10);
    const other = new ClientRig({ WebSocket: rig.server.WebSocket });
    await other.pass(1_000);
    expect(other.client.session).toBe(session);
    rig.client.connect();
    await rig.pass(1_000);
    expect(rig.client.state).toBe('open');
    expect(rig.client.session).not.toBe(session);
    await other.client.close();
  });
});

describe('a client behind a proxy', () => {
  /** Proxy as Vue, Valtio and others make it: every object read through it is a proxy, too. */
  const deep = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key, receiver) {
        const value: unknown = Reflect.get(object, key, receiver);
        return typeof value === 'object' && value !== null ? deep(value) : value;
      },
    });

  it('works like any other', async () => {
    rig = new ClientRig({ autoConnect: false });
    const client = deep(rig.client);
    client.on('notification', (message) => void rig.handled.push(message));
    client.connect();
    await rig.pass(100);
    expect(client.state).toBe('open');
    expect(client.session).toBe('s1');
    await expectHandled(1, 100);
    client.reconnect();
    await rig.pass(100);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await expectHandled(2, 100);
    const { publish } = client;
    const published = publish('orders', 'made', 1, { key: 'k' });
    await rig.pass(100);
    expect(await published).toMatchObject({ id: 'id-k' });
    await client.close();
    expect(rig.client.state).toBe('closed');
  });

  it('tells Vue to leave it alone', () => {
    rig = new ClientRig({ autoConnect: false });
    expect((rig.client as unknown as { __v_skip: unknown }).__v_skip).toBe(true);
  });

  it('gives messages that work through a proxy and can be stored', async () => {
    rig = (await openRig({ ack: 'manual' })).listen();
    rig.server.socket.say('notification', note(1));
    const [message] = rig.handled;
    if (!message) throw new Error('nothing came');
    expect(structuredClone(message)).toEqual({ ...note(1), at: new Date('2026-01-02T03:04:05.000Z') });
    expect(JSON.parse(JSON.stringify(message))).toEqual(note(1));
    void deep(message).ack();
    await rig.pass(10);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });
});

describe('a program that renders pages', () => {
  const options = (): PostriderOptions => ({ url: 'http://localhost', token: () => 'opaque' });

  it('does not connect by itself, and says so once', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    const server = new ScriptedServer();
    const globalSocket = globalThis.WebSocket;
    globalThis.WebSocket = server.WebSocket as unknown as typeof WebSocket;
    const clients = Array.from({ length: 20 }, () => new Postrider(options()));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(server.sockets).toHaveLength(0);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
    clients[0]?.connect();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(clients.map(({ state }) => state).filter((state) => state === 'open')).toHaveLength(1);
    await clients[0]?.close();
    globalThis.WebSocket = globalSocket;
    warn.mockRestore();
  });

  it('needs a WebSocket only to connect', () => {
    const globalSocket = globalThis.WebSocket;
    Reflect.deleteProperty(globalThis, 'WebSocket');
    const client = new Postrider({ ...options(), autoConnect: false });
    expect(() => client.connect()).toThrow(/WebSocket must be a class/);
    expect(client.state).toBe('closed');
    if (globalSocket) globalThis.WebSocket = globalSocket;
  });

  it('differs from a page and its workers', async () => {
    define('window', globalThis);
    const server = new ScriptedServer();
    const globalSocket = globalThis.WebSocket;
    globalThis.WebSocket = server.WebSocket as unknown as typeof WebSocket;
    const client = new Postrider(options());
    await jest.advanceTimersByTimeAsync(100);
    expect(client.state).toBe('open');
    await client.close();
    globalThis.WebSocket = globalSocket;
  });
});

function emptyStore(): Store {
  return {
    session: () => undefined,
    keep: () => undefined,
    seen: () => [],
    add: () => undefined,
    claim: async () => () => undefined,
  };
}
