import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Message, PostriderError } from '@postrider/client';
import { ClientRig, openRig, stopTime } from './support/client-rig.js';
import { note } from './support/scripted-server.js';

let rig: ClientRig;

beforeEach(() => {
  stopTime();
  jest.spyOn(Math, 'random').mockReturnValue(0.1);
});

afterEach(async () => {
  await rig.client.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: PostriderError) => error.code,
  );

describe('subscribing', () => {
  it('waits for a connection, and outlives the session', async () => {
    rig = new ClientRig();
    const offsets: number[] = [];
    const subscribing = rig.client.subscribe('orders', ({ offset }) => offsets.push(offset));
    await rig.pass();
    expect(await subscribing).toMatchObject({ topic: 'orders', epoch: 'e1', offset: 0, cursor: 0, recovered: true });
    rig.server.socket.say('notification', note(1, { topic: 'orders' }));
    await rig.pass(5);
    rig.server.sessions.clear();
    rig.server.socket.end();
    await rig.pass(100);
    expect(rig.server.socket.sent('subscribe')).toEqual([{ topic: 'orders', offset: 1, epoch: 'e1', lastId: 'n1' }]);
  });

  it('leaves resumed topics to the server', async () => {
    rig = await openRig();
    await rig.client.subscribe('orders', () => undefined);
    rig.server.socket.end();
    await rig.pass(100);
    expect(rig.client.state).toBe('open');
    expect(rig.server.socket.sent('subscribe')).toEqual([]);
  });

  it('requests a topic again that a resumed session advanced without this client', async () => {
    rig = await openRig();
    await rig.client.subscribe('orders', () => undefined);
    rig.server.socket.end();
    await rig.pass(100);
    rig.server.socket.say('subscribed', { topic: 'orders', epoch: 'e1', offset: 9, cursor: 9, recovered: true });
    await rig.pass(0);
    expect(rig.server.socket.sent('subscribe')).toEqual([{ topic: 'orders', offset: 0, epoch: 'e1' }]);
  });

  it('shows requested history, handled messages included', async () => {
    rig = await openRig();
    const seen: Message[] = [];
    await rig.client.subscribe('orders', (message) => seen.push(message));
    const say = (offset: number, attempt: number): void =>
      rig.server.socket.say('notification', note(offset, { topic: 'orders', attempt }));
    say(1, 1);
    say(2, 1);
    await rig.pass(5);
    rig.server.scripts.set('subscribe', ({ id }, socket) =>
      socket.say('subscribed', { topic: 'orders', epoch: 'e1', offset: 2, cursor: 0, recovered: true }, id),
    );
    await rig.client.subscribe('orders', () => undefined, { rewind: 10 });
    for (const offset of [1, 2, 3]) say(offset, 2);
    say(3, 2);
    await rig.pass(5);
    expect(seen.map(({ offset }) => offset)).toEqual([1, 2, 1, 2, 3]);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'orders', offset: 3 });
  });

  it('is refused with the code of the server', async () => {
    rig = await openRig();
    rig.server.scripts.set('subscribe', ({ id }, socket) =>
      socket.say('error', { code: 'forbidden', message: 'no', retryable: false }, id),
    );
    expect(await codeOf(rig.client.subscribe('orders', () => undefined))).toBe('forbidden');
    rig.server.scripts.clear();
    expect(await codeOf(rig.client.subscribe('orders', () => undefined))).toBe('ok');
  });

  it('is repeated if the server cannot do it at the moment', async () => {
    rig = await openRig();
    rig.server.scripts.set('subscribe', ({ id }, socket) =>
      socket.say('error', { code: 'redis_unavailable', message: 'wait', retryable: true }, id),
    );
    const code = codeOf(rig.client.subscribe('orders', () => undefined));
    await rig.pass(2_500);
    rig.server.scripts.clear();
    await rig.pass(1_000);
    expect(await code).toBe('ok');
  });

  it('is shared by several handlers, and ends with the last one', async () => {
    rig = await openRig();
    const seen: string[] = [];
    const one = await rig.client.subscribe('orders', () => void seen.push('one'));
    const two = await rig.client.subscribe('orders', () => void seen.push('two'));
    expect(rig.server.socket.sent('subscribe')).toHaveLength(1);
    rig.server.socket.say('notification', note(1, { topic: 'orders' }));
    await rig.pass(5);
    await one.unsubscribe();
    expect(rig.server.socket.sent('unsubscribe')).toEqual([]);
    rig.server.socket.say('notification', note(2, { topic: 'orders' }));
    await two.unsubscribe();
    await two.unsubscribe();
    expect(rig.server.socket.sent('unsubscribe')).toEqual([{ topic: 'orders' }]);
    expect(seen).toEqual(['one', 'two', 'two']);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'orders', offset: 2 });
  });

  it('can be ended and begun again at once', async () => {
    rig = new ClientRig();
    const first = rig.client.subscribe('orders', () => undefined);
    const second = rig.client.subscribe('orders', () => undefined);
    void first.then((subscription) => subscription.unsubscribe());
    await rig.pass();
    await (await second).unsubscribe();
    const third = await rig.client.subscribe('orders', () => undefined);
    expect(third.topic).toBe('orders');
  });

  it('ends with an event if the token no longer allows it', async () => {
    rig = await openRig();
    const ended: object[] = [];
    rig.client.on('unsubscribed', (data) => ended.push(data));
    await rig.client.subscribe('orders', () => undefined);
    rig.server.socket.say('unsubscribed', { topic: 'orders', reason: 'forbidden' });
    expect(ended).toEqual([{ topic: 'orders', reason: 'forbidden' }]);
  });

  it("leaves an earlier page's topics that this one does not want", async () => {
    rig = await openRig();
    rig.server.socket.end();
    await rig.pass(100);
    rig.server.socket.say('subscribed', { topic: 'old', epoch: 'e1', offset: 3, cursor: 3, recovered: true });
    rig.server.socket.say('notification', note(4, { topic: 'old' }));
    await rig.pass(15_000);
    expect(rig.server.socket.sent('unsubscribe')).toEqual([{ topic: 'old' }]);
    expect(rig.server.socket.sent('ack')).toEqual([]);
  });
});

describe('publishing', () => {
  it('waits in the outbox, in order, and is repeated under its key until it is answered', async () => {
    rig = await openRig();
    rig.server.scripts.set('publish', () => undefined);
    const first = rig.client.publish('orders', 'paid', 1);
    await rig.pass();
    const [sent] = rig.server.socket.sent('publish');
    expect(sent).toMatchObject({
      topic: 'orders',
      type: 'paid',
      data: 1,
      key: expect.stringMatching(/^\d+-\d+-\d+-\d+$/),
    });
    rig.server.socket.end();
    await rig.pass();
    const second = rig.client.publish('orders', 'paid', 2, { key: 'k2' });
    rig.server.scripts.clear();
    await rig.pass(100);
    expect(rig.server.socket.sent('publish')).toEqual([sent, expect.objectContaining({ key: 'k2' })]);
    expect(await first).toEqual({ id: `id-${String(sent?.['key'])}`, offset: 1 });
    expect((await second).id).toBe('id-k2');
  });

  it('is bounded', async () => {
    rig = new ClientRig({ outboxMax: 2, requestTimeoutMs: 100 }, (server) => (server.up = false));
    const codes = [1, 2, 3].map((n) => codeOf(rig.client.publish('orders', 'paid', n)));
    expect(await codes[2]).toBe('outbox_full');
    await rig.client.close();
    expect(await Promise.all(codes.slice(0, 2))).toEqual(['closed', 'closed']);
    expect(await codeOf(rig.client.publish('orders', 'paid', 4))).toBe('closed');
  });

  it('is refused for good, or repeated, as the server says', async () => {
    rig = await openRig();
    const answers = [
      { code: 'redis_unavailable', message: 'wait', retryable: true },
      { code: 'forbidden', message: 'no', retryable: false },
    ];
    rig.server.scripts.set('publish', ({ id }, socket) => socket.say('error', answers.shift(), id));
    const code = codeOf(rig.client.publish('orders', 'paid', 1));
    await rig.pass(1_000);
    expect(await code).toBe('forbidden');
    const keys = rig.server.socket.sent('publish').map(({ key }) => key);
    expect(keys).toEqual([keys[0], keys[0]]);
  });

  it('is refused if the frame is too large for the server', async () => {
    rig = await openRig();
    expect(await codeOf(rig.client.publish('orders', 'paid', 'ä'.repeat(33_000)))).toBe('payload_too_large');
    expect(rig.client.state).toBe('open');
    expect(rig.server.socket.sent('publish')).toEqual([]);
  });

  it('is repeated if the answer does not come', async () => {
    rig = await openRig({ requestTimeoutMs: 1_000 });
    rig.server.scripts.set('publish', () => undefined);
    const published = rig.client.publish('orders', 'paid', 1, { key: 'k' });
    await rig.pass(1_500);
    rig.server.scripts.clear();
    await rig.pass(1_000);
    expect(await published).toEqual({ id: 'id-k', offset: 1 });
  });
});

describe('asking', () => {
  it('for the presence of a topic works', async () => {
    rig = await openRig();
    expect(await rig.client.presence('orders')).toEqual({ topic: 'orders', users: ['ann'], sessions: [] });
  });

  it('fails without a connection, when it is lost, and without an answer', async () => {
    rig = new ClientRig({ requestTimeoutMs: 1_000 });
    expect(await codeOf(rig.client.presence('orders'))).toBe('not_connected');
    await rig.pass();
    rig.server.scripts.set('presence', () => undefined);
    const late = codeOf(rig.client.presence('orders'));
    await rig.pass(1_000);
    expect(await late).toBe('timeout');
    const cut = codeOf(rig.client.presence('orders'));
    rig.server.socket.end();
    await rig.pass();
    expect(await cut).toBe('connection_lost');
  });

  it('reports errors that belong to no request', async () => {
    rig = await openRig();
    rig.server.socket.say('error', { code: 'not_subscribed', message: 'no', retryable: false });
    expect(rig.codes).toEqual(['not_subscribed']);
  });
});
