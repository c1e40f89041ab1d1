import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleClient } from '../support/console-client.js';
import { HandshakeRefused, type OpenOptions } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { DeadLetter, Page } from '../support/rest-types.js';
import type { ServerRig } from '../support/server-rig.js';
import { until } from '../support/wait.js';

const MAX_LINE_BYTES = 16_000;

describe('the most verbose log', () => {
  /** Planted secrets, by kind. */
  const planted = new Map<string, string>();
  let rig: PostriderRig;
  let server: ServerRig;

  const plant = (what: string, secret = `planted-${randomBytes(12).toString('hex')}`): string => {
    planted.set(what, secret);
    return secret;
  };
  const linesOf = (event: string): Record<string, unknown>[] =>
    server.log.map((line) => JSON.parse(line)).filter((line) => line.event === event);
  const refused = async (options: OpenOptions): Promise<number> => {
    const thrown = await rig.bareSocket(options).catch((error: unknown) => error);
    if (!(thrown instanceof HandshakeRefused)) throw new Error('was let in');
    return thrown.status;
  };

  beforeAll(async () => {
    const password = plant('password of Redis');
    rig = await PostriderRig.start({
      nodes: 0,
      redis: { appendOnly: true, args: ['--user', `postrider on >${password} ~* &* +@all`] },
      env: { ADMIN_KEYS: `ada:${plant('admin key')}`, LOG_LEVEL: 'trace', SWEEP_MS: '500' },
    });
    server = await rig.addServer('node-0', { REDIS_URL: rig.redis.url.replace('//', `//postrider:${password}@`) });
    plant('API key', rig.apiKey);
    plant('key of another publisher', rig.otherKey);
    plant('key of another app', rig.foreignKey);
    plant('JWT secret', rig.tokens.secret);
  });

  afterAll(() => rig?.close());

  it('covers REST requests', async () => {
    const rest = rig.rest();
    const body = {
      to: { user: 'ann' },
      type: 'note',
      data: { card: plant('data') },
      metadata: { pin: plant('metadata') },
    };
    const { id } = await rest.notify(body, plant('idempotency key'));
    await rest.get(`/v1/notifications/${id}`);
    await rest.post('/v1/notifications/dry-run', body);
    const later = await rest.notify({ ...body, delayMs: 600_000 });
    expect((await rest.delete(`/v1/notifications/${later.id}`)).status).toBe(200);
    const batch = { notifications: [body, { ...body, type: 7 }, { ...body, to: { nobody: plant('unread field') } }] };
    expect((await rest.post('/v1/notifications/batch', batch)).status).toBe(207);
    expect(linesOf('notification_accepted')).toHaveLength(2);
    expect(linesOf('batch_refused')).toMatchObject([{ items: 3, count: 2, codes: ['invalid_request'] }]);
  });

  it('covers refused REST requests', async () => {
    const rest = rig.rest();
    const before = linesOf('request_refused').length;
    const headers = { 'content-type': 'application/json' };
    const raw = `{"to":{"user":"ann"},"data":"${plant('malformed body')}`;
    const proto = `{"to":{"user":"ann"},"type":"t","data":1,"metadata":{"__proto__":"${plant('forbidden key')}"}}`;
    const large = JSON.stringify({ to: { user: 'a' }, type: 't', data: `${plant('large body')}${'x'.repeat(99_999)}` });
    const huge = JSON.stringify(`${plant('huge body')}${'x'.repeat(5_000_000)}`);
    const answers = [
      await new RestClient(server.url, plant('wrong API key')).get('/v1/books'),
      await new RestClient(server.url).get('/v1/books', { headers: { authorization: plant('no bearer') } }),
      await new RestClient(server.url).get('/v1/books', {
        headers: { cookie: `postrider_console=${plant('wrong cookie')}` },
      }),
      await rest.call('POST', '/v1/notifications', { raw, headers }),
      await rest.call('POST', '/v1/notifications', { raw: proto, headers }),
      await rest.call('POST', '/v1/notifications', { raw: large, headers }),
      await rest.call('POST', '/v1/notifications', { raw: huge, headers }),
      await rest.call('POST', '/v1/notifications', {
        raw,
        headers: { 'content-type': `text/${plant('content type')}` },
      }),
      await rest.get(`/v1/notifications/${plant('path')}?token=${plant('query')}`),
      await rest.get(`/${plant('unknown path')}?key=${plant('query of an unknown path')}`),
      await rest.get(`/%zz${plant('malformed path')}`),
      await rest.post('/v1/notifications', {}, { idempotencyKey: `a b ${plant('bad idempotency key')}` }),
      await rest.get('/v1/dead-letters?cursor=' + plant('cursor')),
      await rest.call('DELETE', `/v1/sessions/${plant('session')}`),
      await new RestClient(server.url, planted.get('admin key')).get('/v1/books', {
        headers: { 'postrider-app': `no app ${plant('app header')}` },
      }),
      await rest.get('/v1/notifications/no', { headers: { 'x-request-id': `not an id ${plant('request id')}` } }),
    ];
    expect(answers.map(({ status }) => status).filter((status) => status < 400)).toEqual([]);
    expect(linesOf('request_refused')).toHaveLength(before + answers.length);
  });

  it('covers the console', async () => {
    const { console } = await ConsoleClient.signIn(server.url, planted.get('admin key') ?? '');
    plant('cookie', console?.cookie.split('=')[1]);
    plant('token of the console', await console?.token());
    expect((await ConsoleClient.signIn(server.url, plant('wrong admin key'))).status).toBe(401);
    expect(linesOf('signed_in')).toHaveLength(1);
    expect(linesOf('sign_in_failed')).toHaveLength(1);
  });

  it('covers handshakes', async () => {
    const mint = rig.tokens;
    const token = plant('token in a header', await mint.sign('ann'));
    const offered = plant('token in a subprotocol', await mint.sign('ben'));
    const asked = plant('token in a query', await mint.sign('cid'));
    const sockets = [
      await rig.bareSocket({ token }),
      await rig.bareSocket({ protocols: ['postrider.v1', `bearer.${offered}`] }),
      await rig.bareSocket({ query: { token: asked } }),
    ];
    for (const socket of sockets) await socket.welcome();
    const statuses = [
      await refused({ token: plant('forged token', await mint.forged('ann')) }),
      await refused({ token: plant('expired token', await mint.expired('ann')) }),
      await refused({ token: plant('no JWT') }),
      await refused({ query: { token: plant('no JWT in a query') } }),
      await refused({ protocols: [`bearer.${plant('no JWT in a subprotocol')}`] }),
      await refused({ headers: { authorization: `Basic ${plant('Basic')}` } }),
      await refused({ token, headers: { origin: 'https://elsewhere.example' } }),
    ];
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 403]);
    await raw(
      `GET //[${plant('URL that cannot be read')} HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n`,
    );
    await raw(`GET / HTTP/1.1\r\n${plant('malformed header')}\r\n\r\n`);
    await raw(`${plant('no HTTP')}\r\n\r\n`);
    expect(linesOf('handshake_refused').length).toBeGreaterThanOrEqual(statuses.length);
    expect(linesOf('connection_opened')).toHaveLength(3);
  });

  it('covers frames', async () => {
    const socket = await rig.bareSocket();
    socket.send('hello', {
      token: plant('token in hello', await rig.tokens.sign('dan', { publish: ['chat.*'], topics: ['chat.*'] })),
    });
    await socket.welcome();
    await socket.request('subscribe', { topic: 'chat.a' }, 1);
    await socket.request(
      'publish',
      { topic: 'chat.a', type: 't', data: plant('published data'), key: plant('publish key') },
      2,
    );
    await socket.request('publish', { topic: 'other', type: 't', data: plant('data of a forbidden publish') }, 3);
    await socket.request('refresh', { token: plant('token in refresh') }, 4);
    await socket.request('subscribe', { topic: `no topic ${plant('topic')}` }, 5);
    await socket.request(plant('unknown event'), {}, 6);
    socket.sendRaw(`{"event":"ack","data":"${plant('malformed frame')}`);
    await socket.next('error', ({ data }) => (data as { code: string }).code === 'malformed_frame');
    const { id } = await rig.rest().notify({ to: { user: 'dan' }, type: 'note', data: plant('data of a dead letter') });
    const { offset } = await socket.notification('user:dan');
    await socket.request('nack', { topic: 'user:dan', offset, terminate: true, reason: plant('reason of a nack') }, 7);
    const stranger = await rig.bareSocket();
    stranger.send('hello', { token: plant('token of a refused hello') });
    expect((await stranger.ending()).code).toBe(4401);
    await until(() => linesOf('delivery_dead').some(({ notification }) => notification === id), {
      what: 'a dead letter',
    });
    const { body } = await rig.rest().get<Page<DeadLetter>>('/v1/dead-letters');
    await rig.rest().post(`/v1/dead-letters/${encodeURIComponent(body.items[0]?.id ?? '')}/replay`, undefined);
    expect(linesOf('dead_letter_replayed')).toHaveLength(1);
    expect(linesOf('frame_refused').map(({ code }) => code)).toEqual(
      expect.arrayContaining(['forbidden', 'unauthorized', 'invalid_request', 'unknown_event', 'malformed_frame']),
    );
  });

  it('covers an outage of Redis and its end', async () => {
    await rig.redis.kill();
    const body = { to: { user: 'ann' }, type: 'note', data: plant('data without Redis') };
    expect((await rig.rest().post('/v1/notifications', body)).status).toBe(503);
    await until(() => linesOf('redis_lost').length > 0, { what: 'the loss of Redis is told' });
    await rig.redis.restart();
    await server.ready();
    expect(linesOf('request_unserved')).not.toEqual([]);
    expect(linesOf('redis_back')).not.toEqual([]);
  });

  it('covers the end of the process', async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(linesOf('drained')).toHaveLength(1);
  });

  it('contains none of the planted secrets', () => {
    expect(server.log.length).toBeGreaterThan(50);
    for (const [what, secret] of planted) {
      // The signature of a token is enough to recognize it.
      const tail = secret.split('.').at(-1) ?? '';
      expect([what, server.log.filter((line) => line.includes(secret) || line.includes(tail))]).toEqual([what, []]);
    }
  });

  it('has one bounded JSON object a line, with a stack only for a fault of the server', () => {
    for (const line of server.log) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String), node: 'node-0' });
      expect(line).not.toMatch(/\bat .+:\d+:\d+/);
    }
  });

  /** Writes raw bytes to the port that no client library would send. */
  async function raw(text: string): Promise<void> {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'connect');
    socket.write(text);
    await once(socket, 'close');
  }
});

describe('a server that cannot start', () => {
  it.each<[string, string, (port: number, secret: string) => Record<string, string>]>([
    [
      'a Redis that quotes the arguments of a command that it does not know',
      "unknown command 'auth'",
      (port, secret) => ({ REDIS_URL: `redis://u:${secret}@127.0.0.1:${port}` }),
    ],
    [
      'a URL of Redis that cannot be read',
      'REDIS_URL: names a host that cannot be read',
      (_, secret) => ({ REDIS_URL: `redis://u:${secret}@:::1` }),
    ],
    [
      'a key that is too short',
      'API_KEYS: must have',
      (_, secret) => ({ NODE_ENV: 'production', API_KEYS: `main:a:${secret.slice(0, 12)}` }),
    ],
  ])('because of %s says so without showing the secret', async (_, reason, env) => {
    const secret = randomBytes(12).toString('hex');
    const args = ['--rename-command', 'AUTH other', '--rename-command', 'HELLO greet'];
    const rig = await PostriderRig.start({ nodes: 0, redis: { args } });
    try {
      const given = { ...env(rig.redis.port, secret), BOOT_REDIS_WAIT_MS: '500', LOG_LEVEL: 'trace' };
      const told = await rig.addServer('node-0', given).then(
        () => 'it started',
        (error: unknown) => String(error),
      );
      expect(told).toContain(reason);
      expect(told).not.toContain(secret.slice(0, 12));
    } finally {
      await rig.close();
    }
  });
});
