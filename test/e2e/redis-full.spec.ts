import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Accepted, Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const PAYLOAD = 'x'.repeat(40_000);
const USERS = 20;
type Priority = 'low' | 'normal' | 'high';

describe('a Redis that is nearly full', () => {
  let rig: PostriderRig;
  let silent: FrameSocket;
  let sent = 0;

  beforeAll(async () => {
    const redis = { appendOnly: true, args: ['--maxmemory', '48mb'] };
    rig = await PostriderRig.start({ redis, env: { REDIS_WATCH_MS: '50', SWEEP_MS: '500', MAX_BACKOFF_MS: '500' } });
    silent = await rig.socket('silent');
    await silent.subscribed('user:silent');
    await rig.rest().notify({ to: { user: 'silent' }, type: 'unheard', data: {}, ackWaitMs: 500, maxAttempts: 100 });
  });

  afterAll(() => rig?.close());

  async function post(priority: Priority): Promise<Problem | undefined> {
    const mark = `m${++sent}`;
    const body = { to: { user: `user-${sent % USERS}` }, type: 'note', data: { mark, PAYLOAD }, priority };
    const answer = await rig.rest().post<Accepted | Problem>('/v1/notifications', body);
    if (answer.status === 202) {
      const { id, targets } = answer.body as Accepted;
      rig.ledger.publications.push({ mark, outcome: 'accepted', id, targets });
      return undefined;
    }
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    rig.ledger.publications.push({ mark, outcome: 'refused' });
    return answer.body as Problem;
  }

  const refused = (priority: Priority): Promise<Problem> =>
    until(() => post(priority), { timeoutMs: 40_000, everyMs: 1, what: `${priority} is refused` });
  const attempts = (): number => silent.notifications().length;
  const memory = (): Promise<number> => rig.rest().metric('postrider_redis_memory_ratio');

  it('refuses low priority, then normal, then high', async () => {
    expect(await refused('low')).toMatchObject({ code: 'overloaded', retryable: true });
    expect(await post('normal')).toBeUndefined();
    expect(await post('high')).toBeUndefined();
    expect(await refused('normal')).toMatchObject({ code: 'overloaded' });
    expect(await post('high')).toBeUndefined();
    expect(await refused('high')).toMatchObject({ code: 'overloaded' });
    expect(await post('low')).toMatchObject({ code: 'overloaded' });
    expect(await rig.rest().metric('postrider_admission_refused_total')).toBe(4);
    expect(await memory()).toBeGreaterThan(0.75);
    expect(await memory()).toBeLessThan(0.95);
  });

  it('keeps running jobs and answering', async () => {
    const before = attempts();
    await until(() => attempts() >= before + 2, {
      timeoutMs: 30_000,
      what: 'the silent one is sent it again and again',
    });
    const { id } = silent.notifications()[0] ?? {};
    expect(await rig.rest().status(id ?? '')).toMatchObject({ state: 'accepted' });
    expect((await rig.rest().get('/health/ready')).status).toBe(200);
  });

  it('frees memory by acknowledgments and accepts everything again', async () => {
    for (let user = 0; user < USERS; user++) await rig.client(`user-${user}`).open();
    await until(async () => (await memory()) < 0.4, { timeoutMs: 40_000, everyMs: 100, what: 'acknowledged is freed' });
    for (const priority of ['low', 'normal', 'high'] as const) expect(await post(priority)).toBeUndefined();
  });

  it('loses nothing', async () => {
    const { length } = rig.ledger.publications.filter(({ outcome }) => outcome === 'accepted');
    await until(async () => (await rig.rest().books()).acked === length, { timeoutMs: 30_000 });
    expect(checkLedger(rig.ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
    expect(await rig.rest().books()).toMatchObject({ accepted: length + 1, pending: 1, difference: 0 });
  });
});
