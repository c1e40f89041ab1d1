import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisRig } from '../support/redis-rig.js';
import { RestClient } from '../support/rest-client.js';
import { ServerRig } from '../support/server-rig.js';
import { TokenMint } from '../support/tokens.js';
import { until } from '../support/wait.js';

const KEY = 'key-of-the-cut-off-node';

let primary: RedisRig;
let replica: RedisRig;
let server: ServerRig;
let rest: RestClient;

beforeAll(async () => {
  primary = await RedisRig.start({ args: ['--repl-diskless-sync-delay', '0'] });
  replica = await RedisRig.start({ args: ['--replicaof', primary.host, String(primary.port)] });
  await until(async () => (await primary.control.wait(1, 100)) === 1);
  const env = { REDIS_URL: primary.url, API_KEYS: `main:test:${KEY}`, JWT_SECRET: new TokenMint().secret };
  server = await ServerRig.start({ env: { ...env, CONFIRM: 'replicated:1', CONFIRM_TIMEOUT_MS: '200' } });
  rest = new RestClient(server.url, KEY);
});
afterAll(async () => {
  await server?.kill();
  await replica?.stop();
  await primary?.stop();
});

const ready = async (): Promise<number> => (await rest.get('/health/ready')).status;

it('a node whose replicas are cut off answers no lookup either way and is not ready', async () => {
  const { id } = await rest.notify({ to: { user: 'anna' }, type: 'note', data: {} });
  const unknown = id.slice(0, 2) + id.slice(2, -3).split('').toReversed().join('') + id.slice(-3);
  const reads = [
    `/v1/notifications/${unknown}`,
    `/v1/notifications/${id}`,
    `/v1/notifications/${id}/receipts`,
    `/v1/notifications/${id}/timeline`,
    '/v1/users/anna/unacked',
    '/v1/users/anna/sessions',
    '/v1/topics/public.news',
    '/v1/topics/public.news/presence',
    '/v1/topics/public.news/history',
    '/v1/dead-letters',
    '/v1/revocations',
  ];
  const answers = async (): Promise<number[]> => Promise.all(reads.map(async (path) => (await rest.get(path)).status));
  const whole = await answers();
  expect(whole.slice(0, 2)).toEqual([404, 200]);
  expect(whole).not.toContain(503);
  expect(await ready()).toBe(200);

  // Its connections stay, so that INFO still reports it as online, as after a silent loss of
  // packets.
  replica.pause();
  const cancel = (which: string) => rest.delete(`/v1/notifications/${which}`);
  expect((await cancel(unknown)).status).toBe(503);
  expect(await answers()).toEqual(reads.map(() => 503));
  expect(await cancel(id)).toMatchObject({ status: 503, body: { code: 'unconfirmed' } });
  expect(await ready()).toBe(503);

  replica.unpause();
  await until(async () => (await ready()) === 200, { timeoutMs: 20_000, what: 'ready again' });
  await until(async () => (await cancel(unknown)).status === 404, { what: 'cancels are answered' });
  expect(await answers()).toEqual(whole);
});

it('a node without writes notices it as well', async () => {
  replica.pause();
  await until(async () => (await ready()) === 503, { timeoutMs: 20_000, what: 'not ready' });
  replica.unpause();
  await until(async () => (await ready()) === 200, { timeoutMs: 20_000, what: 'ready again' });
});
