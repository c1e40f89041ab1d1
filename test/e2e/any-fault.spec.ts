import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLedger } from '../support/ledger-checker.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { Publisher } from '../support/publisher.js';
import type { ReferenceClient } from '../support/reference-client.js';
import type { Page, SessionInfo } from '../support/rest-types.js';
import { seededRandom } from '../support/seeded-random.js';
import { inLanes, until } from '../support/wait.js';

const USERS = 60;
const PUBLISHERS = 6;
const FAULTS = 8;
/** Number of notifications published between two faults. */
const STRIDE = 150;
/** Seed from which the numbers of the faults are drawn. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261);

describe(`faults at random (TEST_SEED=${SEED})`, () => {
  let rig: PostriderRig;
  const clients: ReferenceClient[] = [];
  const random = seededRandom(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const story: string[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({
      nodes: 3,
      redis: { appendOnly: true },
      env: { LEASE_MS: '3000', SWEEP_MS: '1000' },
    });
    const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
    await inLanes(users, 30, async (user) => {
      const node = clients.length % 3;
      clients.push(await rig.client(user, { node, topics: ['public.news'] }).open());
    });
  });

  afterAll(() => rig?.close());

  const faults: Record<string, () => Promise<void>> = {
    'kill -9 of a node': async () => {
      const server = pick(rig.servers);
      await server.kill();
      await server.restart();
    },
    'SIGTERM of a node': async () => {
      const server = pick(rig.servers);
      await server.stop();
      await server.restart();
    },
    'a node stopped past its lease': async () => {
      const node = pick([0, 1, 2]);
      const server = rig.server(node);
      const { user } = clients.find((client) => client.node === `node-${node}`) ?? {};
      server.signal('SIGSTOP');
      const suspended = async (): Promise<boolean> => {
        const { body } = await rig.rest((node + 1) % 3).get<Page<SessionInfo>>(`/v1/users/${user}/sessions`);
        return body.items.every(({ state }) => state === 'suspended');
      };
      await until(suspended, { timeoutMs: 30_000 });
      server.signal('SIGCONT');
    },
    'kill -9 of Redis': async () => {
      await rig.redis.kill();
      await rig.redis.restart();
    },
    'connections of Redis cut': async () => {
      const client = rig.redis.client();
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await client.call('SCRIPT', 'FLUSH');
    },
    'sockets of clients cut': async () => {
      for (const client of clients) if (random() < 0.5) client.cut();
    },
  };

  it('lose, duplicate and reorder nothing', async () => {
    const publisher = new Publisher([rig.rest(0), rig.rest(1), rig.rest(2)], rig.ledger);
    const ending = new AbortController();
    const lanes = Array.from({ length: PUBLISHERS }, (_, lane) => lane);
    const done = inLanes(lanes, PUBLISHERS, async (lane) => {
      for (let n = 0; !ending.signal.aborted; n += 1) {
        const to = n % 20 === 0 ? { topic: 'public.news' } : { user: `user-${(n * PUBLISHERS + lane) % USERS}` };
        await publisher.publish({ to, type: 'note', ack: 'any' }, `${lane}/${n}`);
      }
    });
    for (let fault = 0; fault < FAULTS; fault += 1) {
      const target = rig.ledger.publications.length + STRIDE;
      await until(() => rig.ledger.publications.length >= target, { timeoutMs: 60_000 });
      const name = pick(Object.keys(faults));
      story.push(name);
      await faults[name]?.();
    }
    ending.abort();
    await done;
    const quiet = (): boolean =>
      checkLedger(rig.ledger).lost.length === 0 && clients.every(({ state }) => state === 'open');
    // If it does not become quiet, the verdict below tells what is missing.
    await until(quiet, { timeoutMs: 45_000, everyMs: 250 }).catch(() => undefined);

    const verdict = { story, ...checkLedger(rig.ledger) };
    expect(verdict).toEqual({ story, lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
    expect(rig.ledger.left.size).toBe(0);
  });

  it('leave the books in balance and every node healthy', async () => {
    const accepted = rig.ledger.publications.length;
    await until(async () => (await rig.rest().books()).pending === 0, { timeoutMs: 30_000 });
    expect(await rig.rest(1).books()).toMatchObject({ accepted, acked: accepted, dead: 0, counted: 0, difference: 0 });
    for (const server of rig.servers) await server.ready();
  });
});
