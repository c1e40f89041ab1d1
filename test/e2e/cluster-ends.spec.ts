import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { RedisClusterRig } from '../support/redis-cluster-rig.js';
import type { Accepted, Status } from '../support/rest-types.js';
import { inLanes, until } from '../support/wait.js';

const TTL_MS = 4_000;
const EACH = 120;
const LANES = 12;
const USERS = Array.from({ length: 30 }, (_, index) => `user-${index}`);
const SLOTS = 16_384;

describe('what a Redis Cluster has accepted while a master was killed', () => {
  let redis: RedisClusterRig;
  let rig: PostriderRig;

  beforeAll(async () => {
    redis = await RedisClusterRig.start({ replicas: 1, appendOnly: true });
    const settings = { REDIS_URL: redis.url, CONFIRM: 'local', SWEEP_MS: '500', LEASE_MS: '2000' };
    rig = await PostriderRig.start({ nodes: 2, env: settings });
  });
  afterAll(async () => {
    await rig?.close();
    await redis?.stop();
  });

  it('has an end that can be seen once its time is over', async () => {
    const there = await Promise.all(USERS.slice(0, 5).map((user) => rig.socket(user)));
    await Promise.all(there.map((socket) => socket.request('subscribe', { topic: 'public.news' }, 1)));
    const accepted: string[] = [];
    let asked = 0;
    const bodies = [
      () => ({ to: { user: USERS[asked % USERS.length] }, ack: 'any' }),
      () => ({ to: { users: USERS.slice(asked % 20, (asked % 20) + 6) }, ack: 'all' }),
      () => ({ to: { topic: 'public.news' }, ack: 'all' }),
      () => ({ to: { user: USERS[asked % USERS.length] }, delayMs: 1_000 }),
    ];
    const jobs = Array.from({ length: EACH * bodies.length }, (_, index) => bodies[index % bodies.length]);
    const publishing = inLanes(jobs, LANES, async (body) => {
      asked++;
      const note = { ...body?.(), type: 'note', data: asked, ttlMs: TTL_MS };
      const answer = await rig.rest(asked % 2).post<Accepted>('/v1/notifications', note);
      if (answer.status === 202) accepted.push(answer.body.id);
      else expect(answer.status).toBe(503);
    });
    await until(() => accepted.length > EACH, { everyMs: 1 });
    const slot = Math.floor(SLOTS / 2);
    const master = await redis.ownerOf(slot);
    await master.kill();
    await publishing;
    await until(async () => (await redis.ownerOf(slot, master)) !== master, { what: 'the replica is promoted' });
    await master.restart();
    await redis.settled();

    const states = async (): Promise<string[]> => {
      const answers = await Promise.all(accepted.map((id) => rig.rest().get<Status>(`/v1/notifications/${id}`)));
      // With `local`, data that only the killed master had may be lost.
      return answers.map(({ status, body }) => (status === 200 ? body.state : String(status)));
    };
    await until(async () => (await states()).every((state) => state === 'expired' || state === '404'), {
      what: 'everything has ended',
    });
    expect((await states()).filter((state) => state === 'expired').length).toBeGreaterThan(accepted.length / 2);
    for (const socket of there) socket.close();
  });
});
