import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ErrorFrame } from '../support/frames.js';
import { HandshakeRefused } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Problem } from '../support/rest-types.js';

/** Names with a special meaning for Redis, Lua, paths or headers. */
const HOSTILE = [
  'a}b',
  '{a}',
  'a\r\nFLUSHALL',
  '*1\r\n$8\r\nFLUSHALL\r\n',
  'a b',
  'a*',
  'a?',
  'a[b]',
  '../a',
  'a/b',
  'a\u0000',
  '\u202eabc',
  "'..redis.call('FLUSHALL')..'",
  ']]..redis.call("FLUSHALL")..[[',
  '%s',
  '$(id)',
  'a,b',
  'ｕｓｅｒ',
  'x'.repeat(201),
];
/** Allowed names that are words of the languages that handle them. */
const ODD = [
  '..',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'nil',
  'KEYS',
  'all',
  'user:x',
  'session:x',
  'a:b',
  'a',
  'b',
  'a|b',
  '~',
  '-1',
  '1e9',
  '0',
];

describe('a hostile name', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start();
  });

  afterAll(() => rig?.close());

  /** Checks that Redis ran only the server's commands and holds only the server's keys. */
  afterEach(async () => {
    const { control } = rig.redis;
    expect(await control.info('commandstats')).not.toMatch(/cmdstat_(flushall|flushdb|config\|set|debug|keys)/);
    const keys = [];
    for await (const found of control.scanStream({ count: 1_000 })) keys.push(...(found as string[]));
    expect(keys.filter((key) => !/^\{pr(:queue|\d*|:[^}]*)\}|^pr[:{]/.test(key))).toEqual([]);
  });

  it.each(HOSTILE)('%j is refused as a topic, a user and a session, naming the field', async (name) => {
    for (const field of ['topic', 'user', 'session'] as const) {
      // A session id of 201 characters is invalid, too.
      const { status, body } = await rig
        .rest()
        .post<Problem>('/v1/notifications', { to: { [field]: name }, type: 't', data: 1 });
      expect([status, body.errors?.map((error) => error.field)]).toEqual([400, [`to.${field}`]]);
    }
    const socket = await rig.socket('mallory', { claims: { topics: ['*'] } });
    for (const event of ['subscribe', 'unsubscribe', 'presence', 'publish', 'nack']) {
      const data = { topic: name, type: 't', data: 1, offset: 1 };
      const { data: error } = await socket.request<ErrorFrame & { field?: string }>(event, data, event);
      expect([error.code, error.field]).toEqual(['invalid_request', 'topic']);
    }
    const { data: error } = await socket.request<ErrorFrame>('ack', { topic: name, offset: 1 }, 'ack');
    expect(error.code).toBe('not_subscribed');
    socket.close();
  });

  it.each(HOSTILE)('%j is refused as the user or the app of a token, with 401', async (name) => {
    const refusals = [rig.socket(name), rig.socket('mallory', { claims: { app: name } })];
    for (const refusal of await Promise.allSettled(refusals)) {
      expect(refusal.status === 'rejected' && (refusal.reason as HandshakeRefused).status).toBe(401);
    }
  });

  it.each(ODD)('%j is a user like others: gets their own notifications and nothing else', async (name) => {
    const sockets = await Promise.all([name, 'other'].map((user) => rig.socket(user)));
    await Promise.all(sockets.map((socket) => socket.welcome()));
    await sockets[0]?.subscribed(`user:${name}`);
    const sent = await rig.rest().notify({ to: { user: name }, type: name, data: name, collapseKey: name });
    await expect(sockets[0]?.notification(`user:${name}`)).resolves.toMatchObject({ id: sent.id, type: name });
    const last = await rig.rest().notify({ to: { user: 'other' }, type: 't', data: 'last' });
    await sockets[1]?.next<{ id: string }>('notification', ({ data }) => data.id === last.id);
    expect(sockets[1]?.notifications().filter(({ id }) => id === sent.id)).toEqual([]);
    for (const socket of sockets) socket.close();
  });

  it.each(HOSTILE)('%j in data and metadata is carried unchanged', async (text) => {
    const socket = await rig.socket('reader');
    await socket.subscribed('user:reader');
    const { id } = await rig.rest().notify({ to: { user: 'reader' }, type: 't', data: { text, [text]: 1 } });
    const { data } = await socket.next<{ id: string; data: unknown }>('notification', ({ data }) => data.id === id);
    expect(data.data).toEqual({ text, [text]: 1 });
    socket.close();
  });

  it('in a path adds no header to the answer', async () => {
    for (const path of [
      '/v1/topics/a%0d%0aX-Planted:%201',
      '/v1/notifications/a%0aX-Planted:1',
      '/a%0d%0aX-Planted:1?b=%0d%0a',
    ]) {
      const { status, headers } = await rig.rest().get(path);
      expect([400, 404]).toContain(status);
      expect([...headers.keys()].filter((header) => header.includes('planted'))).toEqual([]);
    }
  });
});
