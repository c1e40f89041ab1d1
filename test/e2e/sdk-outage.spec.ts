import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { SdkClient } from '../support/sdk-client.js';
import { inLanes, until } from '../support/wait.js';

const CLIENTS = 200;
const ROUNDS = 3;
const WINDOW_MS = 250;

/** Returns the maximum number of waits that end within the same window. */
const together = (waits: readonly number[]): number =>
  Math.max(...waits.map((from) => waits.filter((wait) => wait >= from && wait < from + WINDOW_MS).length));

describe('clients that connect while Redis does not answer', () => {
  let rig: PostriderRig;
  const clients: SdkClient[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({ redis: { appendOnly: true } });
  });

  afterAll(async () => {
    rig?.redis.unpause();
    await Promise.all(clients.map(({ client }) => client.close()));
    await rig?.close();
  });

  const waitsOf = ({ states }: SdkClient): number[] => states.flatMap(({ retryInMs }) => retryInMs ?? []);

  it('are all admitted once it does, never give up, and do not come all at once', async () => {
    rig.redis.pause();
    await until(async () => (await rig.rest().get('/health/ready')).status === 503);
    for (let n = 0; n < CLIENTS; n++) {
      clients.push(new SdkClient(rig, `user-${n}`, {}, { backoff: { baseMs: 500, maxTries: 8 } }).listen());
    }
    await until(() => clients.every((client) => waitsOf(client).length >= ROUNDS), { timeoutMs: 90_000 });
    rig.redis.unpause();
    await until(() => clients.every(({ client }) => client.state === 'open'), { timeoutMs: 90_000 });

    const states = new Set(clients.flatMap((client) => client.states.map(({ state }) => state)));
    expect([...states].toSorted()).toEqual(['connecting', 'open', 'waiting']);
    for (let round = 0; round < ROUNDS; round++) {
      const waits = clients.map((client) => waitsOf(client)[round] ?? 0);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
      expect(together(waits)).toBeLessThan(CLIENTS / 2);
      expect(new Set(waits).size).toBeGreaterThan(CLIENTS / 2);
    }
    await inLanes(clients, 10, async ({ client }) => {
      await rig.rest().notify({ to: { user: client.user ?? '' }, type: 'note', data: 1 });
    });
    await until(() => clients.every(({ handled }) => handled.length === 1), { timeoutMs: 30_000 });
  });
});
