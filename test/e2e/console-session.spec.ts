import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, decodeJwt } from 'jose';
import { derivedKey } from '../../src/auth/derived-key.js';
import { ConsoleClient } from '../support/console-client.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RestClient } from '../support/rest-client.js';
import type { Problem } from '../support/rest-types.js';

const ADMIN_KEY = 'an-admin-key-of-the-test';

describe('the sign-in of the console', () => {
  let rig: PostriderRig;
  let url: string;

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2, env: { ADMIN_KEYS: `ada:${ADMIN_KEY}` } });
    ({ url } = rig.server());
  });

  afterAll(() => rig?.close());

  const signIn = async (): Promise<ConsoleClient> => {
    const { console } = await ConsoleClient.signIn(url, ADMIN_KEY);
    if (!console) throw new Error('not signed in');
    return console;
  };

  it('is granted for an admin key and holds on every node', async () => {
    const { id } = await rig.rest().notify({ to: { user: 'ada' }, type: 'x', data: 1 });
    const { cookie } = await signIn();
    const elsewhere = new RestClient(rig.server(1).url);
    const headers = { cookie, 'postrider-app': 'main' };
    expect((await elsewhere.get(`/v1/notifications/${id}`, { headers })).status).toBe(200);
    const foreign = { cookie, 'postrider-app': 'foreign' };
    expect((await elsewhere.get(`/v1/notifications/${id}`, { headers: foreign })).status).toBe(404);
    const session = await elsewhere.get<{ apps: string[] }>('/console/session', { headers: { cookie } });
    expect(session.body.apps).toEqual(['main', 'foreign', 'postrider.demo']);
  });

  it('is refused for any other key, then for a minute for all', async () => {
    for (const key of ['wrong', rig.apiKey]) expect(await ConsoleClient.signIn(url, key)).toEqual({ status: 401 });
    const other = await rig.addServer('node-throttled');
    const rest = new RestClient(other.url);
    const tries = Array.from({ length: 12 }, () => rest.post<Problem>('/console/session', { key: 'wrong' }));
    const answers = await Promise.all(tries);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(10).fill(401), 429, 429]);
    const late = await rest.post<Problem>('/console/session', { key: ADMIN_KEY });
    expect([late.status, late.body.code]).toEqual([429, 'rate_limited']);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(1);
  });

  it('does nothing for a page of another site, which cannot set the app header', async () => {
    const console = await signIn();
    const to = { user: 'eve' };
    const answer = await console.call<Problem>('POST', '/v1/notifications', undefined, { to, type: 'x', data: 1 });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    const preflight = await fetch(`${url}/v1/notifications`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'postrider-app,content-type',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect((await rig.rest().get('/v1/topics/user:eve')).status).toBe(404);
  });

  it('ends', async () => {
    const { cookie } = await signIn();
    const [name = '', value = ''] = cookie.split('=');
    const old = await new SignJWT({ mark: decodeJwt(value)['mark'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .setAudience('postrider:console')
      .setExpirationTime(Math.floor(Date.now() / 1_000) - 1)
      .sign(derivedKey(rig.tokens.secret, 'console session'));
    const headers = { cookie: `${name}=${old}`, 'postrider-app': 'main' };
    for (const path of ['/console/session', '/v1/books']) {
      const { status, body } = await new RestClient(url).get<Problem>(path, { headers });
      expect([path, status, body.code]).toEqual([path, 401, 'unauthorized']);
    }
    const out = await new RestClient(url).delete('/console/session', { headers: { cookie } });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Expires=Thu, 01 Jan')]);
  });

  it('issues socket tokens that can be refreshed and reach nothing else', async () => {
    const console = await signIn();
    const socket = await rig.bareSocket({ node: 1, token: await console.token() });
    expect((await socket.welcome()).user).toBe('console:ada');
    const refreshed = await socket.request('refresh', { token: await console.token() }, 1);
    expect(refreshed.event).toBe('refreshed');
    const foreign = await socket.request<Problem>('subscribe', { topic: 'orders.eu' }, 2);
    expect([foreign.event, foreign.data.code]).toEqual(['error', 'forbidden']);
    const publish = { topic: 'system.samples', type: 'node.sample', data: {} };
    expect((await socket.request<Problem>('publish', publish, 3)).data.code).toBe('forbidden');
  });

  it('lets an admin key call REST for any app', async () => {
    const rest = rig.rest(0, ADMIN_KEY);
    const headers = { 'postrider-app': 'foreign' };
    const body = { to: { user: 'fay' }, type: 'x', data: 1 };
    expect((await rest.post('/v1/notifications', body, { headers })).status).toBe(202);
    expect((await rig.rest(0, rig.foreignKey).get('/v1/topics/user:fay')).status).toBe(200);
    expect((await rest.get('/v1/topics/user:fay')).status).toBe(404);
  });
});
