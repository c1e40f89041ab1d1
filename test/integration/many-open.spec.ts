import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppRig } from '../support/app-rig.js';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';

/** More than one look at a topic handles, and less than two. */
const MANY = 1_100;
const LOOKS = 2;

describe('a topic with more open deliveries than one look takes', () => {
  let rig: CoreRig;
  beforeAll(async () => {
    rig = await CoreRig.start();
  });
  afterAll(() => rig?.close());

  const stateOf = async (id: string, name: string): Promise<string | undefined> =>
    (await rig.receipts.delivery(id, name))?.state;

  it('expires the rest look by look and returns for the earliest of all', async () => {
    const name = 'many:user:away';
    const soonMs = rig.clock.now() + 200;
    const laterMs = rig.clock.now() + 60_000;
    const given = (n: number): object => (n === 10 ? { expiresAtMs: laterMs } : {});
    const items = Array.from({ length: MANY }, (_, n) => rig.notification(name, given(n)));
    for (let n = 0; n < MANY; n += 100) await rig.log.append(name, items.slice(n, n + 100));
    const last = rig.notification(name, { expiresAtMs: soonMs });
    await rig.log.append(name, [last]);
    await until(() => rig.clock.earliest() > soonMs);

    const looked: string[] = [];
    let due: Map<number, string[]> = new Map();
    for (let look = 0; look < LOOKS; look++) {
      due = await rig.alarms.wake([name], true);
      looked.push((await stateOf(last.id, name)) ?? '');
    }
    expect(looked).toEqual(['pending', 'expired']);
    expect(due.size).toBe(0);
    expect((await rig.alarmOf(name)) - laterMs).toBeLessThanOrEqual(1_000);
    expect((await rig.alarmOf(name)) - laterMs).toBeGreaterThanOrEqual(0);
  });

  it('asks for the next look at once until it is done', async () => {
    const name = 'many:user:second';
    const items = Array.from({ length: MANY }, () => rig.notification(name));
    for (let n = 0; n < MANY; n += 100) await rig.log.append(name, items.slice(n, n + 100));
    const before = rig.clock.earliest();
    const next = await rig.alarms.wake([name], true);
    expect([...next.values()]).toEqual([[name]]);
    const [at = 0] = next.keys();
    // Times are rounded up to 100 ms.
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(rig.clock.now() + 200);
  });
});

describe('a mailbox with more open deliveries than one look takes', () => {
  let rig: AppRig;
  beforeAll(async () => {
    rig = await AppRig.start({ env: { SWEEP_MS: '200', MAX_BACKOFF_MS: '1000' } });
  });
  afterAll(() => rig?.close());

  it('is sent the rest again', async () => {
    const topic = 'user:two';
    const [reads, waits] = [await rig.socket('two', undefined), await rig.socket('two')];
    waits.cut();
    const one = { to: { user: 'two' }, type: 't', data: 1, ack: 'all' };
    for (let n = 0; n < MANY; n += 550) {
      await rig.rest.post('/v1/notifications/batch', { notifications: Array.from({ length: 550 }, () => one) });
    }
    const top = (): number => Math.max(0, ...reads.notifications(topic).map(({ offset }) => offset));
    while (top() < MANY) {
      const seen = top();
      if (seen > 0) await reads.request('ack', { topic, offset: seen }, seen);
      await until(() => top() > seen || top() === MANY);
    }
    await reads.request('ack', { topic, offset: MANY }, 'all');
    const { id } = await rig.rest.notify({ ...one, ack: 'all', ackWaitMs: 300, maxAttempts: 3 });
    await until(() => reads.notifications(topic).some((given) => given.id === id && given.attempt === 2), {
      what: 'the second attempt',
    });
  });
});
