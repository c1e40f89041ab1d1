import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevocationStore } from '../../src/revocation/revocation-store.js';
import { AppRig } from '../support/app-rig.js';
import { FrameSocket } from '../support/frame-socket.js';
import type { Goodbye } from '../support/frames.js';
import type { Page, Problem } from '../support/rest-types.js';
import type { TokenClaims } from '../support/tokens.js';
import { until } from '../support/wait.js';

const MINUTE_MS = 60_000;
const PATH = '/v1/revocations';
const MAX = 40;

interface Revocation {
  id: string;
  before?: string;
  expiresAt: string;
  reason?: string;
}

let rig: AppRig;
beforeAll(async () => {
  const env = { REVOCATION_POLL_MS: '100', REVOCATION_MAX: String(MAX) };
  rig = await AppRig.start({ env, redis: { appendOnly: true } });
});
afterAll(() => rig?.close());

const revoke = async (body: object): Promise<Revocation> => {
  const answer = await rig.rest.post<Revocation>(PATH, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
};
const list = async (query = ''): Promise<Page<Revocation>> => (await rig.rest.get<Page<Revocation>>(PATH + query)).body;

/** Signs a token that was issued a minute ago, clearly before a revocation. */
const oldToken = (user: string, claims: TokenClaims = {}): Promise<string> =>
  rig.tokens.sign(user, { issuedAtMs: Date.now() - MINUTE_MS, ...claims });
/** Signs a token like one that the user got after the revocation. */
const newToken = (user: string): Promise<string> => rig.tokens.sign(user, { issuedAtMs: Date.now() + 2_000 });

const open = (token?: string): Promise<FrameSocket> =>
  FrameSocket.open(`${rig.url.replace('http', 'ws')}/ws`, token === undefined ? {} : { token });
const refused = 'handshake refused with 401';

/** Waits until a token is refused, because the node may not know of the revocation yet. */
const untilRefused = (token: string): Promise<true> =>
  until(async () => {
    const outcome: unknown = await open(token).catch((error: unknown) => error);
    if (outcome instanceof FrameSocket) outcome.cut();
    return String(outcome).includes(refused);
  });

async function expectRevoked(socket: FrameSocket): Promise<void> {
  const { data } = await socket.next<Goodbye>('goodbye');
  expect(data).toEqual({ code: 4401, reason: 'token revoked', reconnect: true, retryAfterMs: expect.any(Number) });
  expect(data.retryAfterMs).toBeGreaterThanOrEqual(1_000);
  expect((await socket.ending()).code).toBe(4401);
}

describe('a revoked user', () => {
  it('is disconnected, kept out of every entrance, and resumes the session with a new token', async () => {
    const token = await oldToken('ada');
    const socket = await open(token);
    const { session } = await socket.welcome();
    await revoke({ user: 'ada', reason: 'phone stolen' });
    await expectRevoked(socket);

    await expect(open(token)).rejects.toThrow(refused);
    const late = await open();
    expect(await late.request('hello', { token }, 1)).toMatchObject({ event: 'error', data: { code: 'unauthorized' } });
    expect((await late.ending()).code).toBe(4401);

    const back = await rig.socket('ada', await newToken('ada'), { session });
    expect(back.all('welcome')).toMatchObject([{ session, resumed: true }]);
    const refresh = await back.request('refresh', { token }, 1);
    expect(refresh).toMatchObject({ event: 'error', data: { code: 'unauthorized' } });
    expect(await back.request('ping', undefined, 2)).toMatchObject({ event: 'pong' });
  });

  it('cannot use a token without an issue time', async () => {
    const token = await rig.tokens.sign('ben');
    const socket = await rig.socket('ben', token);
    await revoke({ user: 'ben' });
    await expectRevoked(socket);
    await expect(open(token)).rejects.toThrow(refused);
  });

  it('belongs to one app; the others are unaffected', async () => {
    const others = await Promise.all([
      rig.socket('cyd', await oldToken('cyd', { app: 'crm' })),
      rig.socket('cyd.1', await oldToken('cyd.1')),
    ]);
    const socket = await rig.socket('cyd', await oldToken('cyd'));
    await revoke({ user: 'cyd' });
    await expectRevoked(socket);
    for (const other of others) expect(await other.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
  });

  it('can be revoked up to a time in the past', async () => {
    const socket = await rig.socket('dan', await oldToken('dan'));
    await revoke({ user: 'dan', before: new Date(Date.now() - 2 * MINUTE_MS).toISOString() });
    await untilRefused(await oldToken('dan', { issuedAtMs: Date.now() - 3 * MINUTE_MS }));
    expect(await socket.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
  });
});

describe('a revoked token', () => {
  it('counts only for its own user', async () => {
    const [one, two] = await Promise.all([oldToken('eve', { jti: 'one' }), oldToken('eve', { jti: 'two' })]);
    const [left, kept] = [await rig.socket('eve', one), await rig.socket('eve', two)];
    await revoke({ jti: 'one' });
    await expectRevoked(left);
    await expect(open(one)).rejects.toThrow(refused);
    expect(await kept.request('ping', undefined, 1)).toMatchObject({ event: 'pong' });
  });
});

describe('the list', () => {
  it('reaches a node that missed the news', async () => {
    const socket = await rig.socket('fay', await oldToken('fay'));
    const now = Date.now();
    const silently = { id: 'user:fay', beforeMs: now, endsAtMs: now + MINUTE_MS, reason: '' };
    await rig.get(RevocationStore).revoke('main', silently);
    await expectRevoked(socket);
  });

  it('holds while Redis is away and after it is back', async () => {
    const [token, other] = [await oldToken('gil'), await oldToken('hal')];
    await revoke({ user: 'gil' });
    await untilRefused(token);
    const bare = await FrameSocket.open(`${rig.url.replace('http', 'ws')}/ws`);
    await rig.redis.kill();
    await expect(bare.request('hello', { token }, 1)).resolves.toMatchObject({ data: { code: 'unauthorized' } });
    await rig.redis.restart();
    await until(async () => (await rig.rest.get('/health/ready')).status === 200, { timeoutMs: 20_000 });
    await expect(open(token)).rejects.toThrow(refused);
    await revoke({ user: 'hal' });
    await untilRefused(other);
  });

  it('lets an entry be lifted', async () => {
    const token = await oldToken('ivy');
    await revoke({ user: 'ivy' });
    expect(await rig.rest.delete(`${PATH}/user:ivy`)).toMatchObject({
      status: 200,
      body: { id: 'user:ivy', state: 'lifted' },
    });
    await until(async () => (await open(token)).welcome());
    expect((await list()).items.map(({ id }) => id)).not.toContain('user:ivy');
    const again = await rig.rest.delete<Problem>(`${PATH}/user:ivy`);
    expect([again.status, again.body.code]).toEqual([404, 'revocation_not_found']);
  });

  it('forgets entries that have ended', async () => {
    const token = await oldToken('joe');
    const { expiresAt } = await revoke({ user: 'joe', expiresAt: new Date(Date.now() + 700).toISOString() });
    await untilRefused(token);
    await until(async () => (await open(token)).welcome());
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect((await list()).items.map(({ id }) => id)).not.toContain('user:joe');
  });

  it('keeps the later of two times and says when each entry ends', async () => {
    const [early, late] = [1, 2].map((minutes) => new Date(Date.now() + minutes * MINUTE_MS).toISOString());
    const past = new Date(Date.now() - MINUTE_MS).toISOString();
    const first = await revoke({ user: 'kay', expiresAt: late, reason: 'one' });
    const second = await revoke({ user: 'kay', expiresAt: early, before: past, reason: 'two' });
    expect(second).toEqual({ ...first, reason: 'two' });
    expect(second.expiresAt).toBe(late);
  });

  it('is paged and shows only entries of the app', async () => {
    for (const user of ['p.1', 'p.2', 'p.3']) await revoke({ user });
    await rig.get(RevocationStore).revoke('crm', {
      id: 'user:foreign',
      beforeMs: 0,
      endsAtMs: Date.now() + MINUTE_MS,
      reason: '',
    });
    const all = (await list()).items.map(({ id }) => id);
    expect(all).toEqual(expect.arrayContaining(['jti:one', 'user:p.1', 'user:p.2', 'user:p.3']));
    expect(all).not.toContain('user:foreign');
    const found: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: Page<Revocation> = await list(`?limit=2${next && `&cursor=${next}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      found.push(...page.items.map(({ id }) => id));
      ({ next } = page);
    }
    expect(found).toEqual(all);
    expect((await rig.rest.delete(`${PATH}/user:foreign`)).status).toBe(404);
  });

  it.each([
    [{}, 'user'],
    [{ user: 'a', jti: 'b' }, 'user'],
    [{ user: 'a b' }, 'user'],
    [{ jti: '' }, 'jti'],
    [{ jti: 'b', before: '2020-01-01T00:00:00Z' }, 'before'],
    [{ user: 'a', before: '2999-01-01T00:00:00Z' }, 'before'],
    [{ user: 'a', before: 'now' }, 'before'],
    [{ user: 'a', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ user: 'a', reason: 'a\nb' }, 'reason'],
    [{ user: 'a', app: 'crm' }, 'app'],
  ])('refuses %j and names %s', async (body, field) => {
    const answer = await rig.rest.post<Problem>(PATH, body);
    expect([answer.status, answer.body.code, answer.body.errors?.[0]?.field]).toEqual([400, 'invalid_request', field]);
  });

  it('never exceeds its limit', async () => {
    const before = (await list()).items.length;
    const answers = [];
    for (let i = 0; i < MAX; i += 1) answers.push(await rig.rest.post<Problem>(PATH, { jti: `many-${i}` }));
    const full = answers.filter(({ status }) => status === 409);
    expect(full.length).toBeGreaterThanOrEqual(before);
    expect(full[0]?.body.code).toBe('revocations_full');
    // An existing revocation can still be renewed.
    await revoke({ jti: 'many-0' });
    expect(await rig.rest.metric('postrider_revocations')).toBeLessThanOrEqual(MAX);
  });
});
