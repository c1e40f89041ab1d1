import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ledger } from '../support/ledger.js';
import { checkLedger } from '../support/ledger-checker.js';
import { Publisher } from '../support/publisher.js';
import { RedisSentinelRig } from '../support/redis-sentinel-rig.js';
import { ReferenceClient } from '../support/reference-client.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { inLanes, until } from '../support/wait.js';

const KEY = 'key-of-the-failover-test';
const USERS = 10;

describe('a primary that is lost under Sentinel', () => {
  const tokens = new TokenMint();
  const ledger = new Ledger();
  const clients: ReferenceClient[] = [];
  let redis: RedisSentinelRig;
  let server: ServerRig;
  let rest: RestClient;
  let publisher: Publisher;

  beforeAll(async () => {
    redis = await RedisSentinelRig.start();
    const env = {
      NODE_ENV: 'production',
      REDIS_URL: redis.url,
      API_KEYS: `main:test:${KEY}`,
      JWT_SECRET: tokens.secret,
      CONFIRM: 'replicated:1',
      SWEEP_MS: '500',
      HEARTBEAT_MS: '500',
      DRAIN_MS: '1000',
    };
    server = await ServerRig.start({ env });
    rest = new RestClient(server.url, KEY);
    publisher = new Publisher([rest], ledger);
    for (let user = 0; user < USERS; user++) {
      const name = `user-${user}`;
      const token = (): Promise<string> => tokens.sign(name);
      const backoff = { baseMs: 100, capMs: 1_000, maxTries: 60 };
      const client = new ReferenceClient({ name, ledger, backoff, urls: [server.socketUrl], token });
      clients.push(client);
      await client.open();
    }
  });

  afterAll(async () => {
    for (const client of clients) client.close();
    await server?.kill();
    await redis?.stop();
  });

  const ready = async (): Promise<number> => (await rest.get('/health/ready')).status;

  async function publishAll(round: string): Promise<void> {
    const users = Array.from({ length: USERS }, (_, user) => user);
    await inLanes(users, USERS, async (user) => {
      await publisher.publish({ to: { user: `user-${user}` }, type: 'note', data: {} }, `${round}/${user}`);
    });
  }

  it.each(['killed', 'paused'])('%s: not ready meanwhile but live, ready again, nothing lost', async (how) => {
    await publishAll(`before-${how}`);
    const old = await redis.primary();
    if (how === 'killed') await old.kill();
    else old.pause();
    const publishing = publishAll(`while-${how}`);
    await until(async () => (await ready()) === 503, { what: 'not ready' });
    expect((await rest.get('/health/live')).status).toBe(200);
    await redis.promoted(old);
    await publishing;
    await until(async () => (await ready()) === 200, { timeoutMs: 20_000, what: 'ready again' });
    if (how === 'killed') await old.restart();
    else old.unpause();
    await redis.settled();
    await publishAll(`after-${how}`);
    await until(async () => (await rest.books()).pending === 0, { timeoutMs: 30_000 });
    expect(await rest.books()).toMatchObject({ accepted: ledger.publications.length, dead: 0, expired: 0 });
    expect(publisher.retries.length).toBeGreaterThan(0);
    expect(checkLedger(ledger)).toEqual({ lost: [], phantom: [], duplicates: [], disorder: [], untold: [] });
  });

  it('costs no socket, and jobs still run', async () => {
    expect(clients.map(({ connections }) => connections)).toEqual(clients.map(() => 1));
    const { id } = await rest.notify({ to: { user: 'user-1' }, type: 'later', data: { mark: 'later' }, delayMs: 200 });
    ledger.publications.push({ mark: 'later', outcome: 'unknown' });
    await until(async () => (await rest.status(id)).state === 'acknowledged', { timeoutMs: 20_000 });
    expect(await rest.books()).toMatchObject({ pending: 0, difference: 0 });
  });

  it('lets a process end while there is no primary', async () => {
    await (await redis.primary()).kill();
    await until(async () => (await ready()) === 503, { what: 'not ready' });
    expect(await server.stop(30_000)).toEqual({ code: 0, signal: null });
  });
});
