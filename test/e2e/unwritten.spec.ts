import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Gap } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RedisPairRig } from '../support/redis-pair-rig.js';
import type { ReferenceClient } from '../support/reference-client.js';
import type { Page } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const TOPIC = 'public.news';

/** With `CONFIRM=local`, a failover may lose notifications that were delivered and acknowledged. */
describe('a failover that loses entries that clients have seen', () => {
  let redis: RedisPairRig;
  let rig: PostriderRig;
  const handled = new Map<string, string[]>();

  beforeEach(async () => {
    redis = await RedisPairRig.start();
    rig = await PostriderRig.start({ env: { REDIS_URL: redis.url, CONFIRM: 'local', HEADS_POLL_MS: '60000' } });
    handled.clear();
  });
  afterEach(async () => {
    await rig?.close();
    await redis?.stop();
  });

  const open = async (user: string): Promise<ReferenceClient> => {
    const ids: string[] = [];
    handled.set(user, ids);
    const client = rig.client(user, { topics: [TOPIC], handle: ({ id }) => void ids.push(id) });
    return client.open();
  };
  const publish = async (count: number, node = 0): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      for (const to of [{ user: 'ada' }, { user: 'ben' }, { topic: TOPIC }]) {
        const send = (): Promise<{ status: number; body: { id: string } }> =>
          rig.rest(node).post('/v1/notifications', { to, type: 'note', data: n });
        const answer = await until(async () => {
          const given = await send();
          return given.status === 202 && given;
        });
        ids.push(answer.body.id);
      }
    }
    return ids;
  };
  const mine = async (user: string, ids: readonly string[]): Promise<string[]> => {
    const owed = await Promise.all(
      ids.map(async (id) => {
        const { targets } = await rig.rest(rig.servers.length - 1).status(id);
        return targets.some(({ topic }) => topic === `user:${user}` || topic === TOPIC) ? [id] : [];
      }),
    );
    return owed.flat();
  };
  const gotAll = (user: string, ids: readonly string[]) =>
    until(() => ids.every((id) => handled.get(user)?.includes(id)), { timeoutMs: 20_000, what: `${user} has all` });
  const twice = (): string[] =>
    [...handled.values()].flatMap((ids) => ids.filter((id, index) => ids.indexOf(id) !== index));
  /**
   * Delivers and acknowledges notifications that both Redis nodes have, then some that only the old
   * primary has.
   */
  const begin = async (): Promise<string[]> => {
    const kept = await publish(2);
    for (const user of handled.keys()) await gotAll(user, await mine(user, kept));
    await redis.isolate();
    const lost = await publish(2);
    for (const user of handled.keys()) await gotAll(user, await mine(user, lost));
    return lost;
  };

  it('is announced to them and hides no replacement at the old offsets', async () => {
    const clients = [await open('ada'), await open('ben')];
    await begin();
    await redis.failOver();
    const fresh = await publish(4);
    for (const user of handled.keys()) await gotAll(user, await mine(user, fresh));
    expect(twice()).toEqual([]);
    expect(rig.ledger.holes.filter(({ reason }) => reason === 'reset').length).toBeGreaterThan(0);
    expect(clients.map(({ connections }) => connections)).toEqual([1, 1]);
    const metrics = await (await fetch(`${rig.server().url}/metrics`)).text();
    expect(metrics).toMatch(/postrider_renumbered_total [1-9]/);
    expect(rig.server().log.filter((line) => line.includes('"event":"topic_renumbered"'))).not.toEqual([]);
  });

  it('hides nothing from a gateway that slept while the old offsets were reused', async () => {
    await rig.addServer('gateway', { ROLES: 'gateway' });
    await rig.addServer('api', { ROLES: 'api,worker' });
    await rig.server(0).kill();
    rig.servers.shift();
    await Promise.all([open('ada'), open('ben')]);
    const kept = await publish(2, 1);
    for (const user of handled.keys()) await gotAll(user, await mine(user, kept));
    await redis.isolate();
    const lost = await publish(2, 1);
    for (const user of handled.keys()) await gotAll(user, await mine(user, lost));
    rig.server(0).signal('SIGSTOP');
    await redis.failOver();
    const fresh = await publish(4, 1);
    rig.server(0).signal('SIGCONT');
    for (const user of handled.keys()) await gotAll(user, await mine(user, fresh));
    expect(twice()).toEqual([]);
  });

  it('hides nothing from clients whose gateway died with the primary', async () => {
    const clients = [await open('ada'), await open('ben')];
    await begin();
    await rig.server().kill();
    await redis.failOver();
    await rig.server().restart();
    const fresh = await publish(4);
    await until(() => clients.every(({ state }) => state === 'open'), { timeoutMs: 20_000 });
    for (const user of handled.keys()) await gotAll(user, await mine(user, fresh));
    expect(twice()).toEqual([]);
  });

  it('is announced to a session that was away meanwhile', async () => {
    const socket = await rig.socket('ada');
    const { session } = await socket.welcome();
    await socket.subscribed('user:ada');
    const first = await rig.rest().notify({ to: { user: 'ada' }, type: 'note', data: 0 });
    const { epoch, offset } = await socket.notification('user:ada');
    await socket.request('ack', { topic: 'user:ada', offset }, 'ack');
    const other = await open('ada');
    socket.close();
    await until(async () => (await rig.rest().status(first.id)).state === 'acknowledged');
    const states = async (): Promise<{ id: string; state: string }[]> =>
      (await rig.rest().get<Page<{ id: string; state: string }>>('/v1/users/ada/sessions')).body.items;
    await until(async () => (await states()).some(({ id, state }) => id === session && state === 'suspended'));
    await redis.isolate();
    const { id } = await rig.rest().notify({ to: { user: 'ada' }, type: 'note', data: 1 });
    await gotAll('ada', [id]);
    await redis.failOver();
    await until(() => rig.server().log.some((line) => line.includes('"event":"topic_renumbered"')));
    const back = await until(() => rig.socket('ada', { query: { session } }));
    expect(await back.welcome()).toMatchObject({ session, resumed: true });
    const { cursor, epoch: fresh } = await back.subscribed('user:ada');
    expect(fresh).not.toBe(epoch);
    expect((await back.next<Gap>('gap')).data).toEqual({ topic: 'user:ada', from: 1, to: cursor, reason: 'reset' });
    expect(other.state).toBe('open');
  });

  it('does not count an ack of the old numbering for the new one', async () => {
    const socket = await rig.socket('ada');
    await socket.subscribed('user:ada');
    await redis.isolate();
    await publish(1);
    const old = await socket.notification('user:ada');
    await redis.failOver();
    await publish(2);
    const reset = await socket.next<Gap>('gap', undefined, 20_000);
    expect(reset.data).toMatchObject({ topic: 'user:ada', reason: 'reset' });
    const { id, offset } = await until(() => socket.notifications('user:ada').find(({ epoch }) => epoch !== old.epoch));
    // As far as the server can tell, sent before the client has read the new epoch.
    const early = await socket.request('ack', { topic: 'user:ada', offset }, 'early');
    expect(early).toMatchObject({ event: 'error', data: { code: 'stale_epoch', retryable: false } });
    expect((await rig.rest().status(id)).state).toBe('accepted');
    for (let n = socket.all('ping').length; n > 0; n -= 1) socket.send('pong');
    const late = await socket.request('ack', { topic: 'user:ada', offset }, 'late');
    expect(late.event).toBe('acked');
    expect((await rig.rest().status(id)).state).toBe('acknowledged');
  });
});
