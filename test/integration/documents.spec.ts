import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { FINDING_KINDS } from '../../src/redis/redis-findings.js';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { metricRows } from '../support/metric-rows.js';
import { RedisRig } from '../support/redis-rig.js';
import { until } from '../support/wait.js';

const document = (name: string): Promise<string> => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

let rig: AppRig;
let replica: RedisRig;
let redis: Redis;
const sockets: FrameSocket[] = [];

beforeAll(async () => {
  rig = await AppRig.start({
    env: {
      SWEEP_MS: '100',
      SAMPLE_MS: '3600000',
      HEADS_POLL_MS: '100',
      CONFIRM: 'replicated:1',
      CONFIRM_TIMEOUT_MS: '5000',
      // Small enough that nodes share their counts.
      REST_RATE_PER_KEY: '10',
    },
    redis: { args: ['--repl-diskless-sync-delay', '0'] },
  });
  redis = rig.redis.client();
  replica = await RedisRig.start({ args: ['--replicaof', '127.0.0.1', String(rig.redis.port)] });
  await until(async () => /state=online/.test(await redis.info('replication')), { what: 'a replica' });
  await everyKindOfTraffic();
});

afterAll(async () => {
  await rig?.close();
  await replica?.stop();
});

async function open(user: string): Promise<FrameSocket> {
  const socket = await rig.socket(user);
  sockets.push(socket);
  return socket;
}

/** Creates at least one key of every kind. */
async function everyKindOfTraffic(): Promise<void> {
  const [ada, ben] = [await open('ada'), await open('ben')];
  for (const socket of [ada, ben]) await socket.request('subscribe', { topic: 'room.1' }, 'room');
  const to = { topic: 'room.1' };
  const all = { to, type: 'task', data: 1, ack: 'all', ttlMs: 3_600_000, ackWaitMs: 60_000 } as const;
  for (const collapseKey of ['a', 'b', 'c']) await rig.rest.notify({ ...all, collapseKey }, `key-${collapseKey}`);
  await received(ben, 'room.1', 3);
  await received(ada, 'room.1', 3);
  await ada.request('ack', { topic: 'room.1', offsets: [3] }, 'ahead');
  await ben.request('nack', { topic: 'room.1', offset: 2, terminate: true, reason: 'unknown type' }, 'refused');
  await ada.request('ack', { topic: 'room.1', offset: 99 }, 'refusal');
  await ben.request('presence', { topic: 'room.1' }, 'presence');
  await ben.request('publish', { topic: 'room.2', type: 'chat', data: 'hello', key: 'k1' }, 'publish');
  await rig.rest.notify({ to: { users: ['ada', 'cyd'] }, type: 'news', data: 1, metadata: { a: 'b' } });
  await rig.rest.notify({ to: { all: true }, type: 'news', data: 1 });
  await rig.rest.notify({ to: { user: 'dan' }, type: 'later', data: 1, delayMs: 3_600_000 });
  await rig.rest.notify({ to: { user: 'dan' }, type: 'soon', data: 1, delayMs: 50 });
  const { id } = await rig.rest.notify({ to: { user: 'eve' }, type: 'never', data: 1 });
  await rig.rest.delete(`/v1/notifications/${id}`);
  const dying = await rig.rest.notify({ to: { user: 'ben' }, type: 'x', data: 1, maxAttempts: 1, ackWaitMs: 100 });
  await until(async () => (await rig.rest.status(dying.id)).state === 'dead', { what: 'a dead letter' });
  const gil = await open('gil');
  for (const n of [1, 2]) await rig.rest.notify({ to: { user: 'gil' }, type: 'task', data: n, ackWaitMs: 60_000 });
  await received(gil, 'user:gil', 2);
  await gil.request('ack', { topic: 'user:gil', offsets: [2] }, 'second');
  await received(await open('gil'), 'user:gil', 1);
  await gil.request('nack', { topic: 'user:gil', offset: 1, delayMs: 100 }, 'again');
  await received(gil, 'user:gil', 3);
  const hal = await open('hal');
  const gone = await rig.rest.notify({ to: { user: 'hal' }, type: 'task', data: 1, ackWaitMs: 60_000 });
  await rig.rest.notify({ to: { user: 'hal' }, type: 'task', data: 2, ackWaitMs: 60_000 });
  await received(hal, 'user:hal', 2);
  await rig.rest.delete(`/v1/notifications/${gone.id}`);
  await hal.next('gap');
  await hal.request('ack', { topic: 'user:hal', offset: 2 }, 'past');
  const fay = await open('fay');
  const [welcome] = fay.all<{ session: string }>('welcome');
  await rig.rest.notify({ to: { session: welcome?.session ?? '' }, type: 'session', data: 1 });
  await fay.notification();
  fay.close();
  for (const end of [':expiring', ':sampler']) {
    await until(async () => (await keys()).some((key) => key.endsWith(end)), { what: `a key ${end}` });
  }
}

const received = (socket: FrameSocket, topic: string, count: number): Promise<boolean> =>
  until(() => socket.notifications(topic).length >= count, { what: `${count} notifications of ${topic}` });

async function keys(): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = await redis.scan(cursor, 'COUNT', 1_000);
    for (const key of page) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

/** Returns the cells of a document's tables, by row, without headings and rulers. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | +\|$/g, '').trim()));
}

const wordsIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

describe('docs/redis.md', () => {
  interface Row {
    readonly shown: string;
    readonly pattern: RegExp;
    readonly type: string;
    readonly expires: boolean;
  }
  let rows: Row[];

  beforeAll(async () => {
    const sections = (await document('redis.md')).split(/^## /m);
    const [ofTopic = '', ofPartition = ''] = ['Keys of a topic', 'Keys of a partition'].map((heading) =>
      sections.find((section) => section.startsWith(heading)),
    );
    const row = (start: string, [key = '', type = '', , lives = '']: string[]): Row => {
      const shown = start + (wordsIn(key)[0] ?? '');
      const pattern = new RegExp(`^${shown.replaceAll(/[{}]/g, String.raw`\$&`).replaceAll(/<[^>]+>/g, '[^{}]+')}$`);
      return { shown, pattern, type, expires: /_MS`|^\d+ s\b/.test(lives) };
    };
    rows = [
      ...rowsOf(ofTopic).map((cells) => row('<prefix>:{<p>}:t:<app>:<topic>', cells)),
      ...rowsOf(ofPartition).map((cells) => row('<prefix>:{<p>}', cells)),
    ].toSorted((a, b) => b.shown.length - a.shown.length);
  });

  const rowOf = (key: string): Row | undefined => rows.find(({ pattern }) => pattern.test(key));
  const ours = async (): Promise<string[]> => (await keys()).filter((key) => !key.startsWith('{pr:queue}:'));

  it('lists every key that traffic of every kind leaves behind', async () => {
    expect((await ours()).filter((key) => !rowOf(key))).toEqual([]);
  });

  it('lists no key that is never made', async () => {
    const made = new Set((await ours()).map(rowOf));
    expect(rows.filter((row) => !made.has(row)).map(({ shown }) => shown)).toEqual([]);
  });

  it('gives the type of each key and whether it expires', async () => {
    const told: unknown[] = [];
    const found: unknown[] = [];
    for (const key of await ours()) {
      const [type, ttlMs] = [await redis.type(key), await redis.pttl(key)];
      if (type === 'none') continue;
      found.push([key, type, ttlMs >= 0]);
      // The record of an open delivery stays.
      const [born, end] = type === 'hash' ? await redis.hmget(key, 'append', 'end') : [];
      const isOpen = /^\d+ \S+ \d+ [al]/.test(born ?? '') && !end;
      told.push([key, rowOf(key)?.type, rowOf(key)?.expires === true && !isOpen]);
    }
    expect(found).toEqual(told);
  });

  it('lists every queue', async () => {
    const text = await document('redis.md');
    const queues = (await keys()).flatMap((key) => /^\{pr:queue\}:([^:]+):/.exec(key)?.[1] ?? []);
    expect(new Set(queues)).toEqual(new Set(['guard', 'release', 'sweep']));
    for (const queue of queues) expect(text).toContain(`:${queue}\``);
  });
});

describe('docs/protocol.md', () => {
  it('describes every field of every frame that was sent', async () => {
    const [, table = ''] = (await document('protocol.md')).split('### From the server');
    const fields = new Map(
      rowsOf(table).flatMap(([event, data]) => wordsIn(event).map((name) => [name, wordsIn(data)])),
    );
    const sent = sockets.flatMap(({ frames }) => frames);
    expect(sent.length).toBeGreaterThan(0);
    for (const { event, data } of sent) {
      const told = fields.get(event);
      if (!told?.length) continue;
      const names = new Set(told.map((field) => field.replace('?', '')));
      const unknown = Object.keys(data ?? {}).filter((field) => !names.has(field));
      expect([event, unknown]).toEqual([event, []]);
    }
  });
});

describe('docs/metrics.md', () => {
  const section = async (): Promise<string> => {
    const [, text = ''] = (await document('metrics.md')).split('## Metrics');
    return text.split('\n## ')[0] ?? '';
  };

  it('lists every metric with its labels, and no other', async () => {
    const { body } = await rig.rest.get<string>('/metrics');
    const measured = new Map<string, Set<string>>();
    for (const { name, labels } of metricRows(body)) {
      if (!name.startsWith('postrider_')) continue;
      const known = measured.get(name) ?? new Set();
      for (const label of Object.keys(labels)) if (label !== 'le') known.add(label);
      measured.set(name, known);
    }
    const [table = ''] = (await section()).split('How near each limit is');
    const told = rowsOf(table).flatMap(([names]) => wordsIn(names));
    const written = [...measured].map(([name, labels]) => name + (labels.size > 0 ? `{${[...labels].join(',')}}` : ''));
    expect(told.toSorted()).toEqual(written.toSorted());
  });

  it('covers each limit whose usage /metrics reports', async () => {
    const { body } = await rig.rest.get<string>('/metrics');
    const limits = metricRows(body).flatMap(({ name, labels }) =>
      name === 'postrider_limit' ? labels['setting'] : [],
    );
    const [, table = ''] = (await section()).split('How near each limit is');
    const told = new Set(rowsOf(table).flatMap(([names]) => wordsIn(names)));
    expect(limits.filter((limit) => limit === undefined || !told.has(limit))).toEqual([]);
  });
});

describe('the documents for operators', () => {
  it.each(['operations', 'runbook', 'metrics', 'capacity', 'upgrade'])(
    '%s names only existing metrics',
    async (name) => {
      const { body } = await rig.rest.get<string>('/metrics');
      const measured = new Set(metricRows(body).map((row) => row.name));
      const named = [...(await document(`${name}.md`)).matchAll(/`(postrider_\w+)/g)].map(([, metric = '']) => metric);
      expect(named.filter((metric) => !measured.has(metric))).toEqual([]);
    },
  );
});

describe('docs/operations.md', () => {
  it('lists every kind of finding about Redis', async () => {
    const [, health = ''] = (await document('operations.md')).split('## Health');
    const [table = ''] = health.split('\n## ');
    const kinds = [...table.matchAll(/\| `([a-z_]+)` +\|$/gm)].map(([, kind]) => kind);
    expect(kinds.toSorted()).toEqual(FINDING_KINDS.toSorted());
  });
});
