import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import { until } from '../support/wait.js';

const COUNT = 200;
const NUMBERS = Array.from({ length: COUNT }, (_, n) => n);

describe('an absent user', () => {
  let rig: PostriderRig;
  let publisher: Publisher;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
    publisher = new Publisher([rig.rest(0), rig.rest(1)], rig.ledger);
  });

  afterAll(() => rig?.close());

  const publishTo = async (user: string, count = COUNT): Promise<void> => {
    for (let n = 0; n < count; n += 1)
      await publisher.publish({ to: { user }, type: 'note', data: { n } }, `${user}/${n}`);
  };

  /** Creates a handler that collects numbers, and its list. */
  const collector = (): { numbers: number[]; handle: (notification: { data: unknown }) => void } => {
    const numbers: number[] = [];
    return { numbers, handle: ({ data }) => void numbers.push((data as { n: number }).n) };
  };

  it('gets everything in order after being offline for the whole send', async () => {
    const { numbers, handle } = collector();
    const client = await rig.client('ada', { handle }).open();
    const { session } = client;
    await client.goOffline();
    await publishTo('ada');
    expect(numbers).toEqual([]);
    await client.open();
    await until(() => numbers.length >= COUNT);
    expect(numbers).toEqual(NUMBERS);
    expect(client.session).toBe(session);
  });

  it('gets everything in order at the first connection ever', async () => {
    await publishTo('newcomer');
    const { numbers, handle } = collector();
    await rig.client('newcomer', { handle, node: 1 }).open();
    await until(() => numbers.length >= COUNT);
    expect(numbers).toEqual(NUMBERS);
  });

  it('gets everything on both devices while both are open', async () => {
    const [phone, laptop] = [collector(), collector()];
    await rig.client('bob', { ...phone, name: 'bob-phone' }).open();
    await rig.client('bob', { ...laptop, name: 'bob-laptop', node: 1 }).open();
    await publishTo('bob');
    await until(() => phone.numbers.length >= COUNT && laptop.numbers.length >= COUNT);
    expect(phone.numbers).toEqual(NUMBERS);
    expect(laptop.numbers).toEqual(NUMBERS);
  });

  it('catches up a suspended device from its own cursor although the other device acknowledged', async () => {
    const [phone, laptop] = [collector(), collector()];
    const phoneClient = await rig.client('eve', { ...phone, name: 'eve-phone' }).open();
    await rig.client('eve', { ...laptop, name: 'eve-laptop', node: 1 }).open();
    await publisher.publish({ to: { user: 'eve' }, type: 'note', data: { n: -1 } }, 'eve/first');
    await until(() => phone.numbers.length === 1 && laptop.numbers.length === 1);
    await phoneClient.goOffline();
    await publishTo('eve', 50);
    await until(async () => laptop.numbers.length === 51 && (await rig.rest().books()).pending === 0);
    await phoneClient.open();
    await until(() => phone.numbers.length >= 51);
    expect(phone.numbers).toEqual([-1, ...NUMBERS.slice(0, 50)]);
  });

  it('gets on a new device only what nobody has acknowledged yet', async () => {
    const [first, second] = [collector(), collector()];
    const client = await rig.client('kim', { ...first, name: 'kim-first' }).open();
    await publisher.publish({ to: { user: 'kim' }, type: 'note', data: { n: 1 } }, 'kim/acked');
    await until(async () => first.numbers.length === 1 && (await rig.rest().books()).pending === 0);
    await client.goOffline();
    await publisher.publish({ to: { user: 'kim' }, type: 'note', data: { n: 2 } }, 'kim/open');
    await rig.client('kim', { ...second, name: 'kim-second', node: 1 }).open();
    await until(() => second.numbers.length >= 1);
    expect(second.numbers).toEqual([2]);
    await client.open();
    await until(() => first.numbers.length >= 2);
    expect(first.numbers).toEqual([1, 2]);
  });

  it('loses, repeats and reorders nothing in all this', async () => {
    await until(async () => (await rig.rest().books()).pending === 0);
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });
});
