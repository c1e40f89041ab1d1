import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { ErrorFrame, Goodbye } from '../support/frames.js';
import { HandshakeRefused, type OpenOptions } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Problem } from '../support/rest-types.js';

const SECOND_MS = 1_000;

describe('the handshake', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    const env = { WS_HELLO_TIMEOUT_MS: '400', WS_MAX_CONNECTIONS_PER_USER: '3', WS_ORIGINS: 'https://app.example' };
    rig = await PostriderRig.start({ env });
  });

  afterAll(() => rig?.close());

  const refusal = async (options: OpenOptions): Promise<HandshakeRefused> => {
    const thrown: unknown = await rig.bareSocket(options).catch((error: unknown) => error);
    if (thrown instanceof HandshakeRefused) return thrown;
    throw new Error('the handshake was not refused', { cause: thrown });
  };

  it('is answered by a welcome with all parameters if it carried a token', async () => {
    const token = await rig.tokens.sign('ada');
    const socket = await rig.bareSocket({ token });
    const welcome = await socket.welcome();
    expect(welcome).toEqual({
      session: expect.stringMatching(/^\S{8,128}$/),
      user: 'ada',
      node: 'node-0',
      resumed: false,
      heartbeatMs: 30_000,
      timeoutMs: 90_000,
      sessionTtlMs: 1_800_000,
      window: 64,
      maxFrameBytes: 65_536,
      serverTimeMs: expect.any(Number),
      expiresAt: new Date((decodeJwt(token).exp ?? 0) * SECOND_MS).toISOString(),
    });
    const [seconds] = await rig.redis.control.time();
    expect(Math.abs(welcome.serverTimeMs - Number(seconds) * SECOND_MS)).toBeLessThan(60 * SECOND_MS);
    expect(await socket.subscribed('user:ada')).toMatchObject({ offset: 0, cursor: 0, recovered: true });
    expect(await socket.subscribed('all')).toMatchObject({ topic: 'all', epoch: expect.any(String) });
    expect(socket.frames[0]?.event).toBe('welcome');
    expect(socket.socket.protocol).toBe('');
  });

  it('accepts the token as a second subprotocol and answers the plain one', async () => {
    const protocols = ['postrider.v1', `bearer.${await rig.tokens.sign('bob')}`];
    const socket = await rig.bareSocket({ protocols });
    expect((await socket.welcome()).user).toBe('bob');
    expect(socket.socket.protocol).toBe('postrider.v1');
  });

  it('accepts the token in the query only if that is allowed', async () => {
    const query = { token: await rig.tokens.sign('cleo') };
    const socket = await rig.bareSocket({ query });
    expect((await socket.welcome()).user).toBe('cleo');

    await rig.addServer('strict', { WS_QUERY_TOKEN: 'false', WS_HELLO_TIMEOUT_MS: '50' });
    const ignored = await rig.bareSocket({ node: 1, query });
    expect((await ignored.ending()).code).toBe(4401);
  });

  it('accepts the token in hello, which is answered with its id', async () => {
    const socket = await rig.bareSocket({ protocols: ['postrider.v1'] });
    const data = { token: await rig.tokens.sign('dan'), window: 5, client: 'tests/1', future: true };
    const welcome = await socket.request('hello', data, 'h1');
    expect(welcome).toMatchObject({ event: 'welcome', id: 'h1', data: { user: 'dan', window: 5, resumed: false } });
    await socket.subscribed('user:dan');
  });

  it.each(['of a new session', 'on a socket that has a session'])(
    'answers hello before what came after it: %s',
    async (when) => {
      const token = await rig.tokens.sign('ada');
      const socket = await rig.bareSocket();
      if (when !== 'of a new session') await socket.request('hello', { token }, 'first');
      const frames = [
        { event: 'hello', data: { token, session: 'gone' }, id: 1 },
        { event: 'ping', id: 2 },
      ];
      socket.sendRaw(JSON.stringify(frames));
      await Promise.all([socket.answer(1), socket.answer(2)]);
      expect(socket.frames.flatMap(({ id }) => (typeof id === 'number' ? id : []))).toEqual([1, 2]);
    },
  );

  it('accepts hello beside a token in the handshake, for the window', async () => {
    const socket = await rig.socket('eve');
    socket.send('hello', { window: 1_024 }, 1);
    expect(await socket.answer(1)).toMatchObject({ event: 'welcome', data: { user: 'eve', window: 1_024 } });
  });

  it.each([0, 1_025, -1, 1.5, '10'])('refuses a window of %p by name, then accepts a valid hello', async (window) => {
    const socket = await rig.bareSocket();
    const token = await rig.tokens.sign('fay');
    const { event, data } = await socket.request<ErrorFrame>('hello', { token, window }, 1);
    expect(event).toBe('error');
    expect(data).toMatchObject({ code: 'invalid_request', field: 'window', retryable: false, id: 1 });
    expect(await socket.request('hello', { token }, 2)).toMatchObject({ event: 'welcome' });
    socket.close();
    await socket.ending();
  });

  it('closes with 4401 if no hello comes in time', async () => {
    const socket = await rig.bareSocket();
    const { data } = await socket.next<Goodbye>('goodbye');
    expect(data).toMatchObject({ code: 4401, reconnect: true });
    expect((await socket.ending()).code).toBe(4401);
  });

  it('closes with 4401 if hello has a bad token, an expired one, or none', async () => {
    for (const token of [await rig.tokens.forged('ada'), await rig.tokens.expired('ada'), 'rubbish', undefined]) {
      const socket = await rig.bareSocket();
      const answer = await socket.request<ErrorFrame>('hello', { token }, 1);
      expect(answer).toMatchObject({ event: 'error', data: { code: 'unauthorized', retryable: false } });
      expect((await socket.ending()).code).toBe(4401);
    }
  });

  it('serves frames sent right after a handshake with a token, after the welcome', async () => {
    const socket = await rig.socket('lou');
    socket.send('subscribe', { topic: 'public.lou' }, 1);
    expect(await socket.answer(1)).toMatchObject({ event: 'subscribed', data: { topic: 'public.lou' } });
    expect(socket.frames.map(({ event }) => event)).toEqual(['welcome', 'subscribed', 'subscribed', 'subscribed']);
  });

  it('closes with 4401 if the first frame is not hello, and ignores that frame', async () => {
    const socket = await rig.bareSocket();
    const answer = await socket.request<ErrorFrame>('subscribe', { topic: 'public.news' }, 1);
    expect(answer).toMatchObject({ event: 'error', data: { code: 'unauthorized' } });
    expect((await socket.ending()).code).toBe(4401);
    expect((await rig.rest().get('/v1/topics/public.news')).body).not.toMatchObject({ subscribers: 1 });
  });

  it('refuses a bad token with 401 problem+json before any upgrade', async () => {
    const { tokens } = rig;
    const bad = {
      expired: await tokens.expired('ada'),
      forged: await tokens.forged('ada'),
      unsigned: tokens.unsigned('ada'),
      'of another algorithm': await tokens.otherAlgorithm('ada'),
      'without a subject': await tokens.withoutSubject(),
      'without an end': await tokens.withoutExpiry('ada'),
      'of a user that cannot be': await tokens.sign('a b{c}'),
    };
    for (const [kind, token] of Object.entries(bad)) {
      const { status, headers, body } = await refusal({ token });
      expect({ kind, status, type: headers['content-type'] }).toEqual({
        kind,
        status: 401,
        type: 'application/problem+json',
      });
      expect(JSON.parse(body)).toMatchObject({
        code: 'unauthorized',
        status: 401,
        retryable: false,
      } satisfies Partial<Problem>);
      expect(body).not.toContain(token);
    }
  });

  it('checks the origin of a page: its own host and listed origins pass, others get 403', async () => {
    const token = await rig.tokens.sign('gil');
    const own = await rig.bareSocket({ token, origin: rig.server().url });
    const listed = await rig.bareSocket({ token, origin: 'https://app.example' });
    expect([(await own.welcome()).user, (await listed.welcome()).user]).toEqual(['gil', 'gil']);
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil', 'http://app.example']) {
      const { status, body } = await refusal({ token, origin });
      expect({ origin, status }).toEqual({ origin, status: 403 });
      expect(JSON.parse(body)).toMatchObject({ code: 'forbidden' });
    }
  });

  it('refuses too many connections of a user with 429 and says when to come back', async () => {
    const token = await rig.tokens.sign('hal');
    for (let count = 0; count < 3; count += 1) await (await rig.bareSocket({ token })).welcome();
    const { status, headers, body } = await refusal({ token });
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(body)).toMatchObject({ code: 'too_many_connections', retryable: true });
  });

  it('closes with 4401 when the token ends during the connection, unless it was refreshed', async () => {
    const left = await rig.socket('ivy', { claims: { ttlMs: 2 * SECOND_MS } });
    const kept = await rig.socket('joe', { claims: { ttlMs: 2 * SECOND_MS } });
    await kept.welcome();
    const { data } = await kept.request<{ expiresAt: string }>('refresh', { token: await rig.tokens.sign('joe') }, 1);
    expect(Date.parse(data.expiresAt) - Date.now()).toBeGreaterThan(3_000 * SECOND_MS);
    expect((await left.next<Goodbye>('goodbye')).data).toMatchObject({ code: 4401, reconnect: true });
    expect((await left.ending()).code).toBe(4401);
    expect(await kept.request('ping', undefined, 2)).toMatchObject({ event: 'pong' });
  });

  it('refuses a refresh with a bad token, and ends the connection at a token of another user', async () => {
    const socket = await rig.socket('kay');
    await socket.welcome();
    const bad = await socket.request('refresh', { token: await rig.tokens.forged('kay') }, 1);
    expect(bad).toMatchObject({ event: 'error', data: { code: 'unauthorized' } });
    expect(await socket.request('ping', undefined, 2)).toMatchObject({ event: 'pong' });
    socket.send('refresh', { token: await rig.tokens.sign('another') });
    expect((await socket.next<Goodbye>('goodbye')).data).toMatchObject({ code: 4503, reconnect: false });
    expect((await socket.ending()).code).toBe(4503);
  });
});
