import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Gap, Message } from '@postrider/client';
import { type ClientRig, openRig, stopTime } from './support/client-rig.js';
import { note } from './support/scripted-server.js';

let rig: ClientRig;

beforeEach(() => {
  stopTime();
});

afterEach(async () => {
  await rig.client.close();
  jest.useRealTimers();
});

describe('acknowledgment', () => {
  it('acknowledges handled notifications, many by one frame', async () => {
    rig = (await openRig()).listen();
    for (const offset of [1, 2, 3]) rig.server.socket.say('notification', note(offset));
    expect(rig.offsets).toEqual([1, 2, 3]);
    expect(rig.server.socket.sent('ack')).toEqual([]);
    await rig.pass(5);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 3 }]);
  });

  it('gives the application the notification, with dates', async () => {
    rig = (await openRig()).listen();
    rig.server.socket.say('notification', note(1, { expiresAt: '2026-01-09T00:00:00.000Z' }));
    const at = new Date('2026-01-02T03:04:05.000Z');
    const expiresAt = new Date('2026-01-09T00:00:00.000Z');
    expect(rig.handled[0]).toMatchObject({ topic: 'user:ann', id: 'n1', type: 'note', data: { n: 1 }, at, expiresAt });
  });

  it('leaves no timer that would keep a program running', async () => {
    rig = await openRig();
    rig.client.on('notification', async () => undefined);
    for (const offset of [1, 2]) rig.server.socket.say('notification', note(offset));
    await rig.pass(5);
    await rig.client.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('runs slow handlers one after another in a topic, and topics side by side', async () => {
    rig = await openRig();
    const running: string[] = [];
    const ends: (() => void)[] = [];
    const handle = ({ topic, offset }: Message): Promise<void> => {
      running.push(`${topic} ${offset}`);
      return new Promise((resolve) => ends.push(resolve));
    };
    rig.client.on('notification', handle);
    await rig.client.subscribe('orders', handle);
    for (const offset of [1, 2]) rig.server.socket.say('notification', note(offset));
    rig.server.socket.say('notification', note(1, { topic: 'orders', id: 'o1' }));
    expect(running).toEqual(['user:ann 1', 'orders 1']);
    ends[0]?.();
    await rig.pass(5);
    expect(running).toEqual(['user:ann 1', 'orders 1', 'user:ann 2']);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('sends the acks of several topics in one message', async () => {
    rig = (await openRig()).listen();
    await rig.client.subscribe('orders', () => undefined);
    rig.server.socket.say('notification', note(1));
    rig.server.socket.say('notification', note(1, { topic: 'orders', id: 'o1' }));
    await rig.pass(5);
    expect(JSON.parse(rig.server.socket.messages.at(-1) ?? '')).toEqual([
      { event: 'ack', data: { topic: 'user:ann', offset: 1 } },
      { event: 'ack', data: { topic: 'orders', offset: 1 } },
    ]);
  });

  it('stores handled ids before it acknowledges them, and without delay', async () => {
    const written: string[][] = [];
    let end = (): void => undefined;
    const store = {
      session: () => undefined,
      keep: () => undefined,
      seen: () => [],
      add: (_: string, ids: readonly string[]): Promise<void> => {
        written.push([...ids]);
        return new Promise((resolve) => (end = resolve));
      },
    };
    rig = (await openRig({ store, ackDelayMs: 1_000 })).listen();
    for (const offset of [1, 2]) rig.server.socket.say('notification', note(offset));
    await rig.pass(0);
    rig.server.socket.say('notification', note(3));
    await rig.pass(2_000);
    expect(written).toEqual([['n1', 'n2']]);
    expect(rig.server.socket.sent('ack')).toEqual([]);
    end();
    await rig.pass(1_000);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 2 }]);
    expect(written).toEqual([['n1', 'n2'], ['n3']]);
    end();
  });

  it('sends up to sixteen traces back with the ack', async () => {
    rig = (await openRig()).listen();
    const traceparents = Array.from({ length: 20 }, (_, n) => `00-${'a'.repeat(30)}${n + 10}-${'b'.repeat(16)}-01`);
    for (const [n, traceparent] of traceparents.entries()) {
      rig.server.socket.say('notification', note(n + 1, { traceparent }));
    }
    expect(rig.handled[0]).toMatchObject({ traceparent: traceparents[0] });
    await rig.pass(5);
    const acks = [{ topic: 'user:ann', traceparents: traceparents.slice(0, 16), offset: 20 }];
    expect(rig.server.socket.sent('ack')).toEqual(acks);
    rig.server.socket.say('notification', note(21));
    await rig.pass(5);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'user:ann', offset: 21 });
  });

  it('does not wait when half of the window is handled', async () => {
    rig = (await openRig()).listen();
    await rig.pass(5);
    for (let offset = 1; offset <= 32; offset++) rig.server.socket.say('notification', note(offset));
    await rig.pass(0);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 32 }]);
  });

  it('requests redelivery after a handler threw, and takes it', async () => {
    rig = await openRig();
    let tries = 0;
    rig.client.on('notification', async () => {
      tries += 1;
      if (tries === 1) throw new Error('no disk');
    });
    rig.server.socket.say('notification', note(1));
    rig.server.socket.say('notification', note(2));
    await rig.pass(5);
    expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 1, reason: 'no disk' }]);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offsets: [2] }]);
    expect(rig.codes).toEqual(['handler_failed']);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(5);
    expect(tries).toBe(3);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'user:ann', offset: 2 });
  });

  it('by hand resolves ack() when the server has it, and sends nack and terminate', async () => {
    rig = (await openRig({ ack: 'manual' })).listen();
    for (const offset of [1, 2, 3]) rig.server.socket.say('notification', note(offset));
    await rig.pass(50);
    expect(rig.server.socket.sent('ack')).toEqual([]);
    const acked = rig.handled[0]?.ack();
    await rig.pass(5);
    await acked;
    await rig.handled[1]?.nack(2_000);
    await rig.handled[2]?.terminate('nonsense');
    expect(rig.server.socket.sent('nack')).toEqual([
      { topic: 'user:ann', offset: 2, delayMs: 2_000 },
      { topic: 'user:ann', offset: 3, terminate: true, reason: 'nonsense' },
    ]);
    rig.server.socket.say('notification', note(2, { attempt: 2 }));
    expect(rig.offsets).toEqual([1, 2, 3, 2]);
    void rig.handled[3]?.ack();
    await rig.pass(5);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'user:ann', offset: 3 });
  });

  it('settles the promise of an ack over a lost connection', async () => {
    rig = (await openRig({ ack: 'manual' })).listen();
    rig.server.socket.say('notification', note(1));
    rig.server.scripts.set('ack', () => undefined);
    let stored = false;
    void rig.handled[0]?.ack().then(() => (stored = true));
    await rig.pass(5);
    rig.server.scripts.clear();
    rig.server.socket.end();
    await rig.pass(500);
    expect(rig.client.state).toBe('open');
    await rig.pass(5);
    expect(stored).toBe(false);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(5);
    expect(stored).toBe(true);
    expect(rig.offsets).toEqual([1]);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('of an earlier connection does not count for another notification at the same offset', async () => {
    rig = (await openRig()).listen();
    rig.server.socket.say('notification', note(1));
    rig.server.socket.say('notification', note(2));
    rig.server.socket.end();
    await rig.pass(500);
    expect(rig.server.socket.sent('ack')).toEqual([]);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    rig.server.socket.say('notification', note(2, { id: 'another', attempt: 2 }));
    await rig.pass(5);
    expect(rig.offsets).toEqual([1, 2, 2]);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 2 }]);
  });
});

describe('a handler that never returns', () => {
  it('is reported and refused, and the topic goes on; a late return counts', async () => {
    rig = await openRig({ handlerTimeoutMs: 1_000 });
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    rig.client.on('notification', ({ offset }) => {
      begun.push(offset);
      return offset === 1 ? new Promise<void>((resolve) => ends.push(resolve)) : undefined;
    });
    for (const offset of [1, 2]) rig.server.socket.say('notification', note(offset));
    await rig.pass(999);
    expect(begun).toEqual([1]);
    await rig.pass(1);
    expect(begun).toEqual([1, 2]);
    expect(rig.codes).toEqual(['handler_timeout']);
    expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 1, reason: 'timeout' }]);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(5);
    expect(begun).toEqual([1, 2]);
    ends[0]?.();
    await rig.pass(5);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'user:ann', offset: 2 });
  });

  it('refuses again after a late error only if it came again meanwhile', async () => {
    rig = await openRig({ handlerTimeoutMs: 1_000 });
    const fails: ((error: Error) => void)[] = [];
    rig.client.on('notification', () => new Promise<void>((_, reject) => fails.push(reject)));
    rig.server.socket.say('notification', note(1));
    await rig.pass(1_000);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    fails[0]?.(new Error('late'));
    await rig.pass(0);
    expect(rig.server.socket.sent('nack').map(({ reason }) => reason)).toEqual(['timeout', 'late']);
    rig.server.socket.say('notification', note(1, { attempt: 3 }));
    expect(fails).toHaveLength(2);
  });
});

describe('each notification once', () => {
  it('acknowledges a repeated notification without showing it', async () => {
    rig = (await openRig()).listen();
    rig.server.socket.say('notification', note(1));
    await rig.pass(5);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(5);
    expect(rig.offsets).toEqual([1]);
    expect(rig.server.socket.sent('ack')).toHaveLength(2);
  });

  it('shows a notification of several topics once, and acknowledges it in each', async () => {
    rig = await openRig();
    const seen: string[] = [];
    for (const topic of ['a', 'b']) await rig.client.subscribe(topic, (message) => seen.push(message.topic));
    for (const topic of ['a', 'b']) rig.server.socket.say('notification', note(1, { topic, id: 'same' }));
    await rig.pass(5);
    expect(seen).toEqual(['a']);
    expect(rig.server.socket.sent('ack')).toEqual([
      { topic: 'a', offset: 1 },
      { topic: 'b', offset: 1 },
    ]);
  });

  it('keeps notifications until there is a listener', async () => {
    rig = await openRig();
    rig.server.socket.say('notification', note(1));
    await rig.pass(50);
    expect(rig.server.socket.sent('ack')).toEqual([]);
    rig.listen();
    expect(rig.offsets).toEqual([1]);
  });
});

describe('gaps and holes', () => {
  it('reports gaps, and acknowledges over them', async () => {
    rig = (await openRig()).listen();
    const gaps: Gap[] = [];
    rig.client.on('gap', (gap) => gaps.push(gap));
    rig.server.socket.say('gap', { topic: 'user:ann', from: 1, to: 4, reason: 'trimmed' });
    rig.server.socket.say('notification', note(5));
    await rig.pass(5);
    expect(gaps).toEqual([{ topic: 'user:ann', from: 1, to: 4, reason: 'trimmed' }]);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 5 }]);
  });

  it('drops a notification that was cancelled while it waited', async () => {
    rig = await openRig();
    const begun: number[] = [];
    let end = (): void => undefined;
    rig.client.on('notification', ({ offset }) => {
      begun.push(offset);
      return new Promise<void>((resolve) => (end = resolve));
    });
    for (const offset of [1, 2, 3]) rig.server.socket.say('notification', note(offset));
    rig.server.socket.say('gap', { topic: 'user:ann', from: 2, to: 2, reason: 'cancelled' });
    end();
    await rig.pass(5);
    expect(begun).toEqual([1, 3]);
  });

  it('requests missing offsets, and shows everything in order', async () => {
    rig = await openRig();
    const seen: number[] = [];
    await rig.client.subscribe('orders', ({ offset }) => seen.push(offset));
    const say = (offset: number, attempt = 1): void =>
      rig.server.socket.say('notification', note(offset, { topic: 'orders', attempt }));
    say(1);
    say(4);
    say(5);
    await rig.pass(0);
    expect(rig.codes).toEqual(['hole_noticed']);
    expect(rig.server.socket.sent('subscribe').at(-1)).toEqual({ topic: 'orders', offset: 0, epoch: 'e1' });
    for (const offset of [1, 2, 3, 4, 5]) say(offset, 2);
    await rig.pass(5);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'orders', offset: 5 });
  });

  it('goes on if they do not come, but never acknowledges them', async () => {
    rig = await openRig();
    const seen: number[] = [];
    await rig.client.subscribe('orders', ({ offset }) => seen.push(offset));
    const say = (offset: number, attempt: number): void =>
      rig.server.socket.say('notification', note(offset, { topic: 'orders', attempt }));
    say(3, 1);
    await rig.pass(0);
    say(3, 2);
    say(4, 1);
    await rig.pass(5);
    expect(seen).toEqual([3, 4]);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'orders', offsets: [3, 4] });
    say(1, 2);
    rig.server.socket.say('gap', { topic: 'orders', from: 2, to: 2, reason: 'dead' });
    await rig.pass(5);
    expect(seen).toEqual([3, 4, 1]);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'orders', offset: 4 });
  });

  it('starts over with another epoch', async () => {
    rig = (await openRig()).listen();
    for (const offset of [1, 2]) rig.server.socket.say('notification', note(offset));
    rig.server.socket.say('gap', { topic: 'user:ann', from: 0, to: 0, reason: 'reset' });
    rig.server.socket.say('subscribed', { topic: 'user:ann', epoch: 'e2', offset: 0, cursor: 0, recovered: true });
    rig.server.socket.say('notification', note(1, { id: 'other', epoch: 'e2' }));
    await rig.pass(5);
    expect(rig.handled.map(({ id }) => id)).toEqual(['n1', 'n2', 'other']);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });
});
