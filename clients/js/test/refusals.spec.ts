import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Message, PostriderError } from '@postrider/client';
import { type ClientRig, openRig, stopTime } from './support/client-rig.js';
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

/** Opens a client with `ack: 'manual'` that holds the notifications up to an offset. */
const holding = async (last: number): Promise<(offset: number) => Message> => {
  rig = (await openRig({ ack: 'manual' })).listen();
  for (let offset = 1; offset <= last; offset++) rig.server.socket.say('notification', note(offset));
  return (offset) => rig.handled[offset - 1] as Message;
};

/** Loses the connection, and the client notices. */
const cut = async (): Promise<void> => {
  rig.server.socket.end();
  await rig.pass();
};

const outcomeOf = (work: Promise<unknown>): { value: string } => {
  const outcome = { value: 'pending' };
  work.then(
    () => (outcome.value = 'stored'),
    ({ code }: PostriderError) => (outcome.value = code),
  );
  return outcome;
};

describe('a refusal', () => {
  it.each(['nack', 'terminate'] as const)(
    'by %s without a connection is sent when the notification comes again, which is not shown',
    async (how) => {
      const message = await holding(1);
      await cut();
      const outcome = outcomeOf(how === 'nack' ? message(1).nack(7_000) : message(1).terminate('nonsense'));
      await rig.pass(100);
      expect(rig.client.state).toBe('open');
      expect(outcome.value).toBe('pending');
      rig.server.socket.say('notification', note(1, { attempt: 2 }));
      await rig.pass();
      expect(outcome.value).toBe('stored');
      const said = how === 'nack' ? { delayMs: 7_000 } : { terminate: true, reason: 'nonsense' };
      expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 1, ...said }]);
      expect(rig.offsets).toEqual([1]);
    },
  );

  it('whose answer is lost is sent again a second after the topic is back', async () => {
    const message = await holding(1);
    rig.server.scripts.set('nack', () => undefined);
    const outcome = outcomeOf(message(1).terminate());
    await rig.pass();
    rig.server.scripts.clear();
    await cut();
    await rig.pass(100);
    expect(rig.server.socket.sent('nack')).toEqual([]);
    await rig.pass(1_000);
    expect(outcome.value).toBe('stored');
    expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 1, terminate: true }]);
  });

  it('that the server cannot store now is sent again', async () => {
    const message = await holding(1);
    rig.server.scripts.set('nack', ({ id }, socket) =>
      socket.say('error', { code: 'redis_unavailable', message: 'away', retryable: true }, id),
    );
    const outcome = outcomeOf(message(1).nack());
    await rig.pass(500);
    rig.server.scripts.clear();
    expect(outcome.value).toBe('pending');
    await rig.pass(1_000);
    expect(outcome.value).toBe('stored');
    expect(rig.server.socket.sent('nack')).toHaveLength(2);
  });

  it('lets the notification be shown again once it is stored, even within one message', async () => {
    const message = await holding(1);
    rig.server.scripts.set('nack', ({ id, data }, socket) =>
      socket.sayText(
        JSON.stringify([
          { event: 'nacked', data, id },
          { event: 'notification', data: note(1, { attempt: 2 }) },
        ]),
      ),
    );
    const outcome = outcomeOf(message(1).nack(0));
    await rig.pass();
    expect(outcome.value).toBe('stored');
    expect(rig.offsets).toEqual([1, 1]);
  });

  it('is dropped if the topic has another epoch', async () => {
    const message = await holding(1);
    await cut();
    const outcome = outcomeOf(message(1).nack());
    rig.server.scripts.set('hello', (_, socket) => {
      socket.say('welcome', { session: 's1', resumed: true, ...rig.server.welcome });
      socket.say('subscribed', { topic: 'user:ann', epoch: 'e2', offset: 0, cursor: 0, recovered: false });
    });
    await rig.pass(100);
    expect(outcome.value).toBe('stale_epoch');
    await rig.pass(2_000);
    expect(rig.server.socket.sent('nack')).toEqual([]);
  });

  it('is dropped if a gap covers the notification', async () => {
    const message = await holding(2);
    await cut();
    const outcomes = [outcomeOf(message(1).nack()), outcomeOf(message(2).nack())] as const;
    await rig.pass(100);
    rig.server.socket.say('gap', { topic: 'user:ann', from: 1, to: 1, reason: 'expired' });
    await rig.pass();
    expect(outcomes[0].value).toBe('stored');
    await rig.pass(1_000);
    expect(outcomes[1].value).toBe('stored');
    expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 2 }]);
  });

  it('ends with the client, and is rejected at once after close()', async () => {
    const message = await holding(3);
    await cut();
    const outcomes = [outcomeOf(message(1).nack())];
    await rig.client.close();
    outcomes.push(outcomeOf(message(2).terminate()), outcomeOf(message(3).ack()));
    await rig.pass(10);
    expect(outcomes.map(({ value }) => value)).toEqual(['closed', 'closed', 'closed']);
  });

  it('ends with its subscription', async () => {
    rig = await openRig({ ack: 'manual' });
    const seen: Message[] = [];
    const { unsubscribe } = await rig.client.subscribe('orders', (message) => seen.push(message));
    rig.server.socket.say('notification', note(1, { topic: 'orders' }));
    await cut();
    const outcome = outcomeOf((seen[0] as Message).nack());
    await unsubscribe();
    await rig.pass();
    expect(outcome.value).toBe('not_subscribed');
  });

  it('keeps a cumulative ack from passing over it until it is stored', async () => {
    const message = await holding(2);
    rig.server.scripts.set('nack', () => undefined);
    void message(1).terminate();
    void message(2).ack();
    await rig.pass(10);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offsets: [2] }]);
    rig.server.socket.say('nacked', { topic: 'user:ann', offset: 1 });
    rig.server.socket.say('notification', note(3));
    void message(3).ack();
    await rig.pass(10);
    expect(rig.server.socket.sent('ack').at(-1)).toEqual({ topic: 'user:ann', offset: 3 });
  });

  it("after a handler's error lets the notification be shown again if it could not be sent", async () => {
    rig = await openRig();
    let calls = 0;
    rig.client.on('notification', () => {
      calls += 1;
      if (calls === 1) throw new Error('no disk');
    });
    rig.server.scripts.set('nack', () => undefined);
    rig.server.socket.say('notification', note(1));
    await cut();
    await rig.pass(100);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(2_000);
    expect(calls).toBe(2);
    expect(rig.server.socket.sent('nack')).toEqual([]);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('has a reason that the server accepts: whole characters, and none if the frame is too large', async () => {
    const message = await holding(2);
    await message(1).terminate(`${'x'.repeat(255)}😀`);
    rig.server.welcome.maxFrameBytes = 1_024;
    await cut();
    await rig.pass(100);
    await message(2).terminate('\u0000'.repeat(256));
    expect(rig.server.sockets.flatMap((socket) => socket.sent('nack')).map(({ reason }) => reason)).toEqual([
      `${'x'.repeat(255)}\ufffd`,
      undefined,
    ]);
  });
});

describe('the first decision', () => {
  it('counts, and settles later calls', async () => {
    const message = await holding(2);
    await message(1).nack();
    await expect(message(1).ack()).resolves.toBeUndefined();
    const acked = message(2).ack();
    await rig.pass(10);
    await acked;
    await expect(message(2).terminate()).resolves.toBeUndefined();
    expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offsets: [2] }]);
  });

  it('is not settled early by a handler that throws later', async () => {
    rig = await openRig();
    rig.server.scripts.set('ack', () => undefined);
    let outcome = { value: '' };
    rig.client.on('notification', (message) => {
      outcome = outcomeOf(message.ack());
      throw new Error('too late');
    });
    rig.server.socket.say('notification', note(1));
    await rig.pass(10);
    expect(outcome.value).toBe('pending');
    expect(rig.server.socket.sent('nack')).toEqual([]);
    expect(rig.server.socket.sent('ack')).toHaveLength(1);
  });

  it('can be awaited inside the handler: ack() resolves when the server has it', async () => {
    rig = (await openRig()).listen();
    rig.server.socket.say('notification', note(1));
    await rig.pass(10);
    const outcome = outcomeOf((rig.handled[0] as Message).ack());
    await rig.pass(10);
    expect(outcome.value).toBe('stored');
  });
});
