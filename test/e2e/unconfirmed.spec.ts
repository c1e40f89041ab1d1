import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RedisPairRig } from '../support/redis-pair-rig.js';
import type { Accepted } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const WINDOW = 3;
const KEPT = 5;
const NEWS = { to: { topic: 'public.news' }, type: 'note', ack: 'all' as const };
const LOG = '*:t:main:public.news:log';

let redis: RedisPairRig;
let rig: PostriderRig;

beforeAll(async () => {
  redis = await RedisPairRig.start();
  const env = { REDIS_URL: redis.url, CONFIRM: 'replicated:1', CONFIRM_TIMEOUT_MS: '200', HEADS_POLL_MS: '100' };
  rig = await PostriderRig.start({ nodes: 2, env: { ...env, LOG_LEVEL: 'debug' } });
});
afterAll(async () => {
  await rig?.close();
  await redis?.stop();
});

it('nobody sees an entry that no replica holds, live, late or by polling, and its offset is not reused after a failover', async () => {
  const live: string[] = [];
  const behind: string[] = [];
  let goOn = (): void => undefined;
  const blocked = new Promise<void>((resolve) => (goOn = resolve));
  const topics = ['public.news'];
  await rig.client('live', { topics, handle: ({ id }) => void live.push(id) }).open();
  const held = async ({ id }: { id: string }): Promise<void> => {
    behind.push(id);
    await blocked;
  };
  await rig.client('behind', { node: 1, topics, window: WINDOW, handle: held }).open();
  const publish = (mark: string) =>
    rig.rest().post<Accepted>('/v1/notifications', { ...NEWS, data: { mark } }, { idempotencyKey: mark });

  const kept: string[] = [];
  for (let n = 0; n < KEPT; n += 1) kept.push((await publish(`kept-${n}`)).body.id);
  await until(() => live.length === KEPT && behind.length === WINDOW);

  await redis.isolate();
  const primary = redis.primary.client();
  const [log = ''] = await primary.keys(LOG);
  // Without a key, nothing has to be confirmed before the append.
  const written = async (): Promise<boolean> => {
    expect((await rig.rest().post('/v1/notifications', { ...NEWS, data: {} })).status).toBe(503);
    return (await primary.llen(log)) > KEPT;
  };
  await until(written, { what: 'the log of the primary holds what was not confirmed' });
  const refusals = (): number => rig.server(1).log.filter((line) => line.includes('heads of topics')).length;
  const before = refusals();
  goOn();
  await until(() => behind.length === KEPT);
  await until(() => refusals() >= before + 3, { what: 'the heads were asked for again' });
  expect([live, behind]).toEqual([kept, kept]);

  await redis.failOver();
  const spare = await redis.follow();
  const accepted = await until(async () => {
    const answers = [await publish('first'), await publish('second')];
    return answers.every(({ status }) => status === 202) && answers.map(({ body }) => body.id);
  });
  await until(() => [live, behind].every((ids) => accepted.every((id) => ids.includes(id))));
  expect([live, behind].map((ids) => new Set(ids).size)).toEqual([KEPT + 2, KEPT + 2]);
  expect(rig.ledger.holes).toEqual([]);
  expect(checkLedger(rig.ledger)).toMatchObject({ lost: [], duplicates: [], disorder: [], untold: [] });
  await spare.stop();
});
