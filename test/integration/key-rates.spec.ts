import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyRates } from '../../src/limits/key-rates.js';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { CoreRig } from '../support/core-rig.js';
import { until } from '../support/wait.js';

const PUBLISHER = { app: 'main', name: 'shop' };
const SHARE = 1_000;

describe('the rate of a key', () => {
  let rig: CoreRig;
  beforeAll(async () => {
    rig = await CoreRig.start({ env: { REST_RATE_PER_KEY: String(SHARE / 10) } });
  });
  afterAll(() => rig.close());

  const node = (): KeyRates => new KeyRates(rig.config, rig.lanes);
  const take = (from: KeyRates, publisher = PUBLISHER): boolean => from.take(publisher, 1)?.allowed ?? true;

  it('counts all nodes together, except for what they have not exchanged yet', async () => {
    const nodes = [node(), node()];
    const beganMs = performance.now();
    let taken = 0;
    const place = `${partitionPrefix(rig.config.keyPrefix, partitionOf('main:shop'))}rate:main:shop`;
    const runDry = async (): Promise<boolean> => {
      // Several in one tick, so that a busy machine finishes before the next window.
      const turn = Array.from({ length: 10 }, () => nodes.map((one) => take(one))).flat();
      const allowed = turn.filter(Boolean).length;
      taken += allowed;
      // Requests during a call to Redis would be reported late, because answers come in the order
      // of requests.
      await new Promise(setImmediate);
      await rig.lanes.client.get(place);
      return allowed === 0;
    };
    await until(runDry, { everyMs: 0 });
    expect(taken).toBeGreaterThanOrEqual(SHARE);
    // The share is granted evenly over ten seconds, of which a busy machine may use some.
    const granted = SHARE * (1 + (performance.now() - beganMs) / 10_000);
    expect(taken).toBeLessThanOrEqual(granted + 2 * (SHARE / 10));
    expect(take(node(), { app: 'main', name: 'other' })).toBe(true);
  });

  it('is written to Redis only a few times', async () => {
    const own = { app: 'main', name: 'counted' };
    const one = node();
    let reports = 0;
    const { client } = rig.lanes;
    const consume = Reflect.get(client, 'rlflxIncr') as (...given: unknown[]) => unknown;
    Reflect.set(client, 'rlflxIncr', (...given: unknown[]) => {
      reports++;
      return Reflect.apply(consume, client, given);
    });
    for (let i = 0; i < SHARE / 10 - 1; i++) take(one, own);
    expect(reports).toBe(0);
    await until(() => Array.from({ length: 10 }, () => take(one, own)).includes(false), { everyMs: 0 });
    expect(reports).toBeGreaterThan(0);
    expect(reports).toBeLessThanOrEqual(10);
  });
});
