import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HandshakeRefused } from '../support/frame-socket.js';
import { NginxRig } from '../support/nginx-rig.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { Problem } from '../../src/contract/problem.js';
import { until } from '../support/wait.js';

const PER_ADDRESS = 3;
const ADMIN_KEY = 'an-admin-key-of-the-test';

describe('traffic through nginx', () => {
  let rig: PostriderRig;
  let nginx: NginxRig;
  let rest: RestClient;

  beforeAll(async () => {
    const env = { ADMIN_KEYS: `ada:${ADMIN_KEY}`, HEARTBEAT_MS: '400', HEARTBEAT_TIMEOUT_MS: '60000' };
    rig = await PostriderRig.start({ env, admin: true });
    nginx = await NginxRig.start({
      nodes: rig.servers.map(({ port, adminUrl }) => ({ port, adminPort: Number(new URL(adminUrl).port) })),
      trusts: '127.0.0.1',
      set: { 'limit_conn sockets_of_address': String(PER_ADDRESS), proxy_read_timeout: '1s', proxy_send_timeout: '1s' },
    });
    rest = new RestClient(nginx.url, rig.apiKey);
  });

  afterAll(async () => {
    await nginx?.stop();
    await rig?.close();
  });

  const from = (address: string): { headers: Record<string, string> } => ({ headers: { 'x-forwarded-for': address } });
  const refusalOf = async (opening: Promise<unknown>): Promise<HandshakeRefused> => {
    const error = await opening.catch((thrown: unknown) => thrown);
    if (error instanceof HandshakeRefused) return error;
    throw new Error(`not refused: ${String(error)}`);
  };

  it('carries a notification from POST to ack', async () => {
    const socket = await rig.socketAt(nginx.socketUrl, 'ann');
    await socket.subscribed('user:ann');
    const { id } = await rest.notify({ to: { user: 'ann' }, type: 'note', data: {} }, 'through-nginx');
    const { offset } = await socket.notification('user:ann');
    await socket.request('ack', { topic: 'user:ann', offset }, 1);
    await until(async () => (await rest.status(id)).state === 'acknowledged');
    socket.close();
  });

  it('keeps an idle socket while the node pings it, and ends one that it does not', async () => {
    const idle = await rig.socketAt(nginx.socketUrl, 'idle', from('198.51.100.1'));
    const pings = (): number => idle.all('ping').length;
    await until(() => pings() >= 5, { what: 'pings over twice the time of the proxy' });
    expect(idle.closeCode).toBeUndefined();
    rig.server().signal('SIGSTOP');
    expect((await idle.ending()).code).toBe(1006);
    rig.server().signal('SIGCONT');
  });

  it('is limited to some sockets for one address, and says so', async () => {
    const own = { ...from('203.0.113.7') };
    const sockets = [];
    for (let n = 0; n < PER_ADDRESS; n += 1) sockets.push(await rig.socketAt(nginx.socketUrl, 'many', own));
    const refusal = await refusalOf(rig.socketAt(nginx.socketUrl, 'many', own));
    expect(refusal).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    expect(refusal.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(refusal.body)).toMatchObject({ code: 'rate_limited', retryable: true });
    await rig.socketAt(nginx.socketUrl, 'many', from('203.0.113.8'));
    sockets[0]?.close();
    await until(() => rig.socketAt(nginx.socketUrl, 'many', own), { what: 'room again' });
  });

  it('passes on refusals of a node unchanged', async () => {
    const refusal = await refusalOf(
      rig.socketAt(nginx.socketUrl, 'ann', { ...from('198.51.100.2'), origin: 'https://evil.example' }),
    );
    expect(refusal.status).toBe(403);
    expect(JSON.parse(refusal.body)).toMatchObject({ code: 'forbidden' });
    const origin = 'https://evil.example';
    const why = await rest.get<Problem>('/ws/why', { headers: { ...from('198.51.100.2').headers, origin } });
    expect({ status: why.status, code: why.body.code }).toEqual({ status: 403, code: 'forbidden' });
    expect(why.headers.get('access-control-allow-origin')).toBe('*');
    const { status, body } = await rest.post<Problem>('/v1/notifications', { to: {} }, { idempotencyKey: 'bad' });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  });

  it('includes sockets of a page of its own host', async () => {
    const socket = await rig.socketAt(nginx.socketUrl, 'page', { ...from('198.51.100.3'), origin: nginx.plainUrl });
    expect(await socket.welcome()).toMatchObject({ user: 'page' });
  });

  it('refuses bodies that a node refuses, and takes the largest', async () => {
    const { status, body } = await rest.post<Problem>('/v1/notifications', 'x'.repeat(262_144));
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'payload_too_large' });
    const batch = { notifications: [{ to: { user: 'big' }, type: 'x', data: 'x'.repeat(60_000) }] };
    const large = { notifications: Array.from({ length: 60 }, () => batch.notifications[0]) };
    for (const options of [{}, { idempotencyKey: 'large' }]) {
      // A node on a busy machine may ask for a retry.
      await until(async () => (await rest.post('/v1/notifications/batch', large, options)).status < 300);
    }
  });

  it('carries no token in a query, and no token or key reaches the log', async () => {
    const token = await rig.tokens.sign('ann');
    const refusal = await refusalOf(rig.socketAt(nginx.socketUrl, 'ann', { query: { token } }));
    expect(refusal.status).toBe(401);
    expect(JSON.parse(refusal.body)).toMatchObject({ code: 'unauthorized' });
    await rest.get(`/v1/books?token=${token}`);
    const logged = await until(async () => {
      const logs = await nginx.logs();
      return logs.includes('/v1/books') && logs;
    });
    expect(logged).toContain('"path":"/ws"');
    for (const secret of [token, rig.apiKey]) expect(logged).not.toContain(secret);
  });

  it.each(['/metrics', '/metrics/', '/admin', '/health/ready', '/console', '/console/queues', '/docs', '/docs/json'])(
    'does not show %s to strangers',
    async (path) => {
      const { status, body } = await rest.get<Problem>(path, from('203.0.113.9'));
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' });
    },
  );

  it.each(['/', '/client/postrider.js', '/health/live'])('shows %s to all', async (path) => {
    expect((await rest.get(path, from('203.0.113.9'))).status).toBe(200);
  });

  it.each(['/health/ready', '/console', '/docs/json'])('shows %s to operators', async (path) => {
    expect((await rest.get(path)).status).toBe(200);
  });

  it('includes the sign-in of operators, and slows down guesses', async () => {
    expect((await rest.post('/console/session', { key: ADMIN_KEY })).status).toBe(200);
    const tries = Array.from({ length: 12 }, () => rest.post<Problem>('/console/session', { key: 'wrong' }));
    const answers = await Promise.all(tries);
    expect(answers.some(({ status }) => status === 401)).toBe(true);
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });

  it('trusts the address of a client only if the proxy in front is known', async () => {
    await rest.get('/v1/books', from('203.0.113.77'));
    await until(async () => (await nginx.accesses()).some(({ address }) => address === '203.0.113.77'));
    await nginx.reload({ trusts: '192.0.2.0/24' });
    await rest.get('/v1/books', from('203.0.113.78'));
    await rest.get('/v1/topics/last');
    const all = await until(async () => {
      const accesses = await nginx.accesses();
      return accesses.some(({ path }) => path === '/v1/topics/last') && accesses;
    });
    expect(all.some(({ address }) => address === '203.0.113.78')).toBe(false);
  });
});
