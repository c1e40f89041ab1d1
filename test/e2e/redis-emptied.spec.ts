import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { PostriderRig } from '../support/postrider.rig.js';
import { until } from '../support/wait.js';

jest.setTimeout(180_000);

const SWEEP_MS = '500';
const CANARY = 'pr:{0}:canary';
const PATIENT = { timeoutMs: 60_000 };

interface Sessions {
  items: { state: string }[];
}

describe('a Redis that is emptied while nodes run', () => {
  let rig: PostriderRig;
  const restored = (): number =>
    rig.servers.reduce((sum, { log }) => sum + log.filter((line) => line.includes('"schedule_restored"')).length, 0);
  const sweeps = (): Promise<true> => {
    let first: string | null = null;
    return until(async () => {
      const sung = await rig.redis.control.get(CANARY);
      first ??= sung;
      return sung !== null && sung !== first;
    }, PATIENT);
  };
  const keysOf = (pattern: string): Promise<string[]> => rig.redis.control.keys(pattern);
  const remove = async (pattern: string): Promise<void> => {
    await rig.redis.control.del(await keysOf(pattern));
  };

  afterEach(() => rig?.close());

  it.each<[string, () => Promise<unknown>]>([
    ['by FLUSHALL', () => rig.redis.control.flushall()],
    ['by a restart without its data', () => rig.redis.restart()],
    ['of its queues', () => remove('{pr:queue}:*')],
    ['of all that is the sweep', () => remove('{pr:queue}:sweep*')],
    ['of the schedule', () => remove('{pr:queue}:sweep:repeat*')],
    ['of the jobs that wait', () => remove('{pr:queue}:sweep:delayed')],
  ])('sweeps again, and stays ready: %s', async (_, empty) => {
    rig = await PostriderRig.start({ env: { SWEEP_MS, LEASE_MS: '1500' } });
    await sweeps();
    await empty();
    await until(async () => restored() > 0 || (await rig.rest().get('/health/ready')).status === 503, PATIENT);
    await sweeps();
    await until(async () => (await rig.rest().get('/health/ready')).status === 200, PATIENT);
    const { id } = await rig.rest().notify({ to: { user: 'ann' }, type: 'note', data: 1, ttlMs: 100 });
    await until(async () => (await rig.rest().books()).expired > 0, PATIENT);
    expect((await rig.rest().status(id)).state).toBe('expired');
    expect(await rig.rest().metric('postrider_schedules_restored_total')).toBeGreaterThanOrEqual(1);
  });

  it('ends the sessions of a node that dies afterwards, where the worker is a process of its own', async () => {
    rig = await PostriderRig.start({ nodes: 0, env: { SWEEP_MS, LEASE_MS: '1500' } });
    for (const id of ['one', 'two']) await rig.addServer(id, { ROLES: 'api,gateway' });
    await rig.addServer('worker', { ROLES: 'worker' });
    await sweeps();
    await rig.redis.control.flushall();
    const socket = await rig.socket('ghost');
    await socket.welcome();
    const states = async (): Promise<string[]> =>
      (await rig.rest(1).get<Sessions>('/v1/users/ghost/sessions')).body.items.map(({ state }) => state);
    expect(await states()).toEqual(['open']);
    await rig.server(0).kill();
    await until(async () => !(await states()).includes('open'), PATIENT);
    expect(restored()).toBeGreaterThanOrEqual(1);
  });
});
