import { afterEach, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { RedisSentinelRig } from '../support/redis-sentinel-rig.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { until } from '../support/wait.js';

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
  /**
   * Removes matching keys once there are any: while the sweep runs, its job is not among the
   * waiting ones.
   */
  const remove = (pattern: string): Promise<unknown> =>
    until(async () => {
      const keys = await keysOf(pattern);
      return keys.length > 0 && (await rig.redis.control.del(keys)) > 0;
    }, PATIENT);

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

  it('ends the sessions of a node that dies afterwards, with the worker in a separate process', async () => {
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

  it('recovers by itself if a replica without data was promoted', async () => {
    const sentinel = await RedisSentinelRig.start();
    const secrets = { API_KEYS: 'main:test:key-of-the-emptied-spec', JWT_SECRET: 'a-secret-of-at-least-16' };
    const server = await ServerRig.start({ env: { ...secrets, REDIS_URL: sentinel.url, SWEEP_MS, LEASE_MS: '1500' } });
    const rest = new RestClient(server.url, 'key-of-the-emptied-spec');
    try {
      await until(() => sentinel.client().exists(CANARY), PATIENT);
      const [old, replicas] = [await sentinel.primary(), await sentinel.replicas()];
      old.pause();
      for (const { control } of replicas) {
        await control.config('SET', 'replica-read-only', 'no');
        await control.flushall();
      }
      await sentinel.promoted(old);
      const note = { to: { user: 'ann' }, type: 'note', data: 1, ttlMs: 100 };
      const { id } = await until(() => rest.notify(note), PATIENT);
      await until(
        async () => (await rest.status(id)).state === 'expired' && (await rest.books()).expired === 1,
        PATIENT,
      );
      await until(async () => (await rest.get('/health/ready')).status === 200, PATIENT);
      await until(async () => (await rest.metric('postrider_schedules_restored_total')) >= 1, PATIENT);
      old.unpause();
    } finally {
      await server.kill();
      await sentinel.stop();
    }
  });
});
