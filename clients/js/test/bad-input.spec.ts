import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Postrider, PostriderError, type PostriderOptions, type Store } from '@postrider/client';
import { ClientRig, openRig, stopTime } from './support/client-rig.js';
import { ScriptedServer, note } from './support/scripted-server.js';

let rig: ClientRig;

beforeEach(stopTime);

afterEach(async () => {
  await rig?.client.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('bad options', () => {
  const good = {
    url: 'http://localhost',
    token: () => 't',
    WebSocket: new ScriptedServer().WebSocket,
    autoConnect: false,
  };

  it.each<[string, object]>([
    ['url', { url: 'ftp://localhost' }],
    ['url', { url: 'no address' }],
    ['url', { url: undefined }],
    ['url', { url: null }],
    ['url', { url: '' }],
    ['token', { token: 'a string' }],
    ['token', { token: undefined }],
    ['WebSocket', { WebSocket: 'ws' }],
    ['onFrame', { onFrame: 'log' }],
    ['window', { window: 0 }],
    ['window', { window: 1_025 }],
    ['ack', { ack: 'never' }],
    ['seen', { seen: 'world' }],
    ['ackDelayMs', { ackDelayMs: -1 }],
    ['ackDelayMs', { ackDelayMs: '5' }],
    ['handlerTimeoutMs', { handlerTimeoutMs: Number.NaN }],
    ['requestTimeoutMs', { requestTimeoutMs: 2 ** 31 }],
    ['outboxMax', { outboxMax: -1 }],
    ['seenMax', { seenMax: 0 }],
    ['baseMs', { backoff: { baseMs: 0 } }],
    ['maxTries', { backoff: { maxTries: -1 } }],
  ])('names %s', (name, wrong) => {
    const make = (): Postrider => new Postrider({ ...good, ...wrong } as PostriderOptions);
    expect(make).toThrow(PostriderError);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(make).toThrow(new RegExp(`^${name} must be`));
  });

  it('names the first missing option', () => {
    expect(() => new (Postrider as unknown as new () => Postrider)()).toThrow(/^url must be http/);
  });

  it('treats undefined options as missing', () => {
    expect(() => new Postrider({ ...good, window: undefined, ack: undefined } as never)).not.toThrow();
  });
});

describe('a server of another kind', () => {
  const expectForeign = async (): Promise<void> => {
    await rig.pass(60_000);
    expect(rig.states.at(-1)).toEqual({ state: 'closed', reason: 'protocol_version' });
    expect(rig.errors).toEqual([expect.objectContaining({ code: 'protocol_version', retryable: false })]);
    expect(rig.server.sockets).toHaveLength(1);
  };

  it('ends the client if it chooses another subprotocol', async () => {
    rig = new ClientRig({}, (server) => (server.protocol = 'postrider.v2'));
    await expectForeign();
  });

  it('ends the client if it chooses no subprotocol and the platform says so', async () => {
    rig = new ClientRig({}, (server) => {
      server.up = false;
      server.refusal = 'Server sent no subprotocol';
    });
    await expectForeign();
  });

  it.each([
    ['greets without a session', JSON.stringify({ event: 'welcome', data: { user: 'ann', resumed: false } })],
    ['greets with something else', JSON.stringify({ event: 'hi' })],
    ['does not speak JSON', 'hello there'],
  ])('ends the client if it %s', async (_, text) => {
    rig = new ClientRig({}, (server) => server.scripts.set('hello', (__, socket) => socket.sayText(text)));
    await expectForeign();
  });
});

describe('storage that is full or forbidden', () => {
  const broken: Store = {
    session: () => Promise.reject(new Error('denied')),
    keep: () => {
      throw new Error('denied');
    },
    seen: () => Promise.reject(new Error('denied')),
    add: () => Promise.reject(new Error('QuotaExceededError')),
  };

  it('is reported once, and the client goes on in memory', async () => {
    rig = (await openRig({ store: broken })).listen();
    rig.server.socket.say('notification', note(1));
    await rig.pass(5);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(5);
    expect(rig.offsets).toEqual([1]);
    expect(rig.server.socket.sent('ack')).toHaveLength(2);
    expect(rig.codes).toEqual(['storage_unavailable']);
  });
});

describe('applications that fail', () => {
  it('learn of listeners that throw', async () => {
    rig = await openRig();
    rig.client.on('goodbye', () => {
      throw new Error('oops');
    });
    rig.server.socket.say('goodbye', { code: 1012, reason: 'restart', reconnect: true, retryAfterMs: 0 });
    expect(rig.errors).toEqual([expect.objectContaining({ code: 'listener_failed', message: 'oops' })]);
  });

  it('learn of listeners of any event that reject', async () => {
    const fails = async (): Promise<never> => {
      throw new Error('later');
    };
    rig = new ClientRig({ onFrame: fails });
    for (const event of ['state', 'welcome', 'subscribed', 'unsubscribed', 'gap', 'goodbye', 'elsewhere'] as const) {
      rig.client.on(event, fails);
    }
    await rig.pass();
    rig.server.socket.say('gap', { topic: 'user:ann', from: 1, to: 1, reason: 'expired' });
    rig.server.socket.say('unsubscribed', { topic: 'orders', reason: 'forbidden' });
    rig.server.socket.say('goodbye', { code: 1012, reason: 'restart', reconnect: true, retryAfterMs: 0 });
    await rig.pass();
    expect(new Set(rig.codes)).toEqual(new Set(['listener_failed']));
    expect(rig.client.state).toBe('open');
  });

  it('see the failure of an error listener on the console', async () => {
    const shown = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    rig = new ClientRig();
    rig.client.on('error', () => Promise.reject(new Error('no log')));
    rig.client.on('state', () => Promise.reject(new Error('no state')));
    await rig.pass();
    await rig.client.close();
    await rig.pass();
    expect(shown).toHaveBeenCalledWith(expect.objectContaining({ message: 'no log' }));
  });

  it('see failures without a listener on the console', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    const { WebSocket, ...server } = new ScriptedServer();
    const client = new Postrider({ url: 'http://localhost', token: () => '', WebSocket });
    await jest.advanceTimersByTimeAsync(0);
    await client.close();
    expect(server.up).toBe(true);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('token_unavailable'));
  });

  it('cannot subscribe without a handler, or to their own topics', async () => {
    rig = await openRig();
    await expect(rig.client.subscribe('orders', 'handler' as never)).rejects.toThrow(/handler must be a function/);
    expect(() => rig.client.on('state', undefined as never)).toThrow(/listener must be a function/);
    await expect(rig.client.subscribe('user:ann', () => undefined)).rejects.toThrow(/use on\('notification'\)/);
  });
});
