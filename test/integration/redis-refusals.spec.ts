import { mkdir, rmdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { AppRig } from '../support/app-rig.js';
import { freePort } from '../support/free-port.js';
import type { Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const USER = 'postrider';
const PASSWORD = 'a-password-of-the-refusals-spec';
const RULES = ['--user', USER, 'on', `>${PASSWORD}`, '~*', '&*', '+@all'];
/** Scheduled notification, which writes to a BullMQ queue as well. */
const NOTE = { to: { user: 'ann' }, type: 'note', data: 1, delayMs: 60_000 };

interface Ready {
  details: { redis: { status: string; message?: string; detail?: string } };
}

const user =
  (...rules: string[]) =>
  (redis: Redis): Promise<unknown> =>
    redis.call('ACL', 'SETUSER', USER, ...rules);
const set =
  (name: string, value: string) =>
  (redis: Redis): Promise<unknown> =>
    redis.config('SET', name, value);

/** Makes snapshots fail by a folder in place of the file. */
async function spoilSnapshots(redis: Redis): Promise<void> {
  const [, dir = ''] = (await redis.config('GET', 'dir')) as string[];
  await mkdir(`${dir}/dump.rdb`);
  await redis.config('SET', 'save', '3600 1');
  await redis.bgsave();
  await until(async () => (await redis.info('persistence')).includes('rdb_last_bgsave_status:err'));
}

async function mendSnapshots(redis: Redis): Promise<void> {
  const [, dir = ''] = (await redis.config('GET', 'dir')) as string[];
  await rmdir(`${dir}/dump.rdb`);
  await redis.config('SET', 'save', '');
}

async function occupy(redis: Redis): Promise<void> {
  await redis.config('SET', 'busy-reply-threshold', '10');
  const busy = redis.duplicate();
  busy.eval('while true do end', 0).catch(() => busy.disconnect());
  await until(() =>
    redis.ping().then(
      () => false,
      (error: Error) => error.message.startsWith('BUSY'),
    ),
  );
}

async function rotate(redis: Redis): Promise<void> {
  await user('resetpass', '>another')(redis);
  await redis.call('CLIENT', 'KILL', 'USER', USER);
}

type Step = (redis: Redis) => Promise<unknown>;

const CASES: [string, Step, Step, RegExp][] = [
  ['the right to write', user('-@write'), user('+@write'), /NOPERM .*'set'/],
  ['the right to read', user('-@read'), user('+@read'), /NOPERM/],
  [
    'the right to one command of scripts',
    user('-hset'),
    user('+hset'),
    /can't run this command .*'hset'|NOPERM .*hset/,
  ],
  ['the right to run scripts', user('-@scripting'), user('+@scripting'), /NOPERM .*'eval/],
  ['the right to its keys', user('resetkeys', '~other:*'), user('resetkeys', '~*'), /NOPERM .*keys/],
  ['the right to the keys of queues', user('resetkeys', '~pr:*'), user('resetkeys', '~*'), /NOPERM .*keys/],
  ['memory', set('maxmemory', '1'), set('maxmemory', '0'), /OOM/],
  ['replicas', set('min-replicas-to-write', '1'), set('min-replicas-to-write', '0'), /NOREPLICAS/],
  ['a disk to write to', spoilSnapshots, mendSnapshots, /MISCONF/],
  ['time, as a script holds it', occupy, (redis) => redis.script('KILL'), /BUSY/],
  ['to be a primary', (redis) => redis.replicaof('127.0.0.1', 1), (redis) => redis.replicaof('NO', 'ONE'), /READONLY/],
  ['the password that it has', rotate, user('resetpass', `>${PASSWORD}`), /WRONGPASS/],
];

const OF_SCRIPTS = /The user executing the script can't/;

describe('a Redis that starts to refuse commands', () => {
  const log: Record<string, unknown>[] = [];
  let rig: AppRig;
  let redis: Redis;

  beforeAll(async () => {
    const port = await freePort();
    rig = await AppRig.start({
      redis: { port, args: RULES },
      env: { REDIS_URL: `redis://${USER}:${PASSWORD}@127.0.0.1:${port}`, ROLES: 'api,gateway', REDIS_WATCH_MS: '100' },
      log,
    });
    redis = rig.redis.control;
    await until(async () => (await rig.rest.get('/health/ready')).status === 200);
  });
  afterAll(() => rig?.close());

  const told = (event: string): unknown[] => log.filter((line) => line['event'] === event).map(({ error }) => error);

  const saysNotReady = (words: RegExp): Promise<string> =>
    until(
      async () => {
        const { status, body } = await rig.rest.get<Ready>('/health/ready');
        const { message = '' } = body.details.redis;
        return status === 503 && words.test(message) && message;
      },
      { timeoutMs: 20_000, what: `not ready, as ${words}` },
    );
  const isReady = (): Promise<unknown> =>
    until(async () => (await rig.rest.get('/health/ready')).status === 200, { timeoutMs: 40_000 });

  it.each(CASES)(
    'is told of in its own words until it takes everything again: %s',
    async (_name, take, give, words) => {
      const [refusals, ends] = [told('redis_refuses').length, told('redis_accepts').length];
      try {
        await take(redis);
        expect(await saysNotReady(words)).toMatch(/refuses commands|not answer|connection/);
        await until(() => told('redis_refuses').length > refusals, { timeoutMs: 20_000 });
        const { status, body } = await rig.rest.post<Problem>('/v1/notifications', NOTE);
        expect([status, body.retryable]).toEqual([503, true]);
        expect(await rig.rest.metric('postrider_redis_refuses')).toBe(1);
      } finally {
        await give(redis);
      }
      await until(() => told('redis_accepts').length > ends, { timeoutMs: 40_000 });
      await isReady();
      await until(async () => (await rig.rest.post('/v1/notifications', NOTE)).status === 202, { timeoutMs: 20_000 });
      const reasons = told('redis_refuses').slice(refusals).map(String);
      expect(reasons).toContainEqual(expect.stringMatching(words));
      // Redis words a refusal differently for a script and for a command, and each wording is
      // logged once.
      expect(reasons.filter((reason) => !words.test(reason) && !OF_SCRIPTS.test(reason))).toEqual([]);
      expect(new Set(reasons).size).toBe(reasons.length);
      expect(await rig.rest.metric('postrider_redis_refuses')).toBe(0);
    },
  );

  it('is asked repeatedly for a subscription, and the node is not ready until it has one', async () => {
    const socket = await rig.socket('ann');
    try {
      await user('resetchannels')(redis);
      await saysNotReady(/not connected: NOPERM/);
      await until(() => told('redis_refuses').some((words) => /NOPERM .*channels/.test(String(words))));
    } finally {
      await user('allchannels')(redis);
    }
    await isReady();
    const { id } = await rig.rest.notify({ to: { user: 'ann' }, type: 'note', data: 2 });
    await socket.next<{ id: string }>('notification', ({ data }) => data.id === id);
  });
});
