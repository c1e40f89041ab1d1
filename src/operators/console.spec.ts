import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SignJWT } from 'jose';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { AuthModule } from '../auth/auth.module.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { derivedKey } from '../auth/derived-key.js';
import { ClockModule } from '../clock/clock.module.js';
import { Config } from '../config/config.js';
import { ConfigModule } from '../config/config.module.js';
import { DemoModule } from './demo.module.js';
import { HttpAdapter } from '../http/http-adapter.js';
import { InGroup } from '../http/route-group.js';
import { HttpModule } from '../http/http.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { AddressLimits } from '../limits/address-limits.js';
import { AdminSignIn } from './admin-sign-in.js';
import { ConsoleController } from './console.controller.js';
import { WatchTokens } from './watch-tokens.js';

const JWT_SECRET = 'a-secret-of-at-least-16';
const ADMIN_KEY = 'ada-0123456789abcdef';
const COMMON = { NODE_ENV: 'test', JWT_SECRET, REDIS_URL: 'redis://127.0.0.1:6379' };
const API_KEYS = 'main:shop:key-of-the-shop,crm:mail:key-of-the-mail';

@InGroup('rest')
@Controller('v1/whoami')
@UseGuards(ApiKeyGuard)
class ProbeController {
  @Get()
  @RequiresScope('read')
  whoami(@CurrentPublisher() publisher: Publisher): Publisher {
    return publisher;
  }
}

const apps: NestFastifyApplication[] = [];

async function start(env: Record<string, string>): Promise<string> {
  const config = Config.from({ ...COMMON, API_KEYS, ...env });
  const built = await Test.createTestingModule({
    imports: [ConfigModule.of(config), ClockModule, ObservabilityModule, AuthModule.register(), HttpModule, DemoModule],
    controllers: [ProbeController, ConsoleController],
    providers: [AddressLimits, AdminSignIn, WatchTokens],
  }).compile();
  const app = built.createNestApplication<NestFastifyApplication>(new HttpAdapter(config), { logger: false });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

let url: string;
beforeAll(async () => {
  url = await start({ ADMIN_KEYS: `ada:${ADMIN_KEY}`, DEMO: 'false' });
});
afterAll(() => Promise.all(apps.map((app) => app.close())));

const signIn = (key: string, at = url, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${at}/console/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ key }),
  });

const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
const whoami = (headers: Record<string, string>, at = url): Promise<Response> => fetch(`${at}/v1/whoami`, { headers });
const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { code: unknown }).code;

async function expectRefused(answer: Response, status: number, code: string): Promise<void> {
  expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
}

describe('signing in', () => {
  it('sets a cookie that no script and no other site can use', async () => {
    const answer = await signIn(ADMIN_KEY);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ name: 'ada', apps: ['main', 'crm'] });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^postrider_console=\S+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    const behindTls = await signIn(ADMIN_KEY, url, { 'x-forwarded-proto': 'https' });
    expect(behindTls.headers.get('set-cookie')).toContain('; Secure');
  });

  it('reports who is signed in, issues a token for watching, and ends', async () => {
    const cookie = cookieOf(await signIn(ADMIN_KEY));
    const answer = await fetch(`${url}/console/session`, { headers: { cookie } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const session = (await answer.json()) as { token: string; expiresAt: string };
    expect(session).toMatchObject({ name: 'ada', apps: ['main', 'crm'], token: expect.any(String) });
    expect(Date.parse(session.expiresAt)).toBeGreaterThan(Date.now());
    const out = await fetch(`${url}/console/session`, { method: 'DELETE', headers: { cookie } });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/^postrider_console=;/)]);
  });

  it('answers 204 to a browser that never signed in', async () => {
    const answer = await fetch(`${url}/console/session`);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
  });

  it.each([
    ['a trusted proxy', '127.0.0.1, ::1', 200],
    ['anybody', '', 429],
  ])('counts wrong keys by the address that %s names', async (_who, TRUSTED_PROXIES, status) => {
    const at = await start({ ADMIN_KEYS: `ada:${ADMIN_KEY}`, TRUSTED_PROXIES });
    for (let i = 0; i < 10; i++) await signIn(`wrong-${i}`, at, { 'x-forwarded-for': '203.0.113.1' });
    expect((await signIn(ADMIN_KEY, at, { 'x-forwarded-for': '203.0.113.2' })).status).toBe(status);
  });

  it('is refused with a wrong key, and then for a while', async () => {
    const at = await start({ ADMIN_KEYS: `ada:${ADMIN_KEY}` });
    for (let i = 0; i < 10; i++) await expectRefused(await signIn(`wrong-${i}`, at), 401, 'unauthorized');
    const late = await signIn(ADMIN_KEY, at);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(50);
    await expectRefused(late, 429, 'rate_limited');
  });

  it('says that there are no admin keys', async () => {
    const answer = await signIn(ADMIN_KEY, await start({}));
    expect(await answer.clone().text()).toContain('ADMIN_KEYS');
    await expectRefused(answer, 403, 'forbidden');
  });

  it.each([{}, { key: '' }, { key: 1 }, { key: 'x', more: 1 }])('refuses the body %j', async (body) => {
    const answer = await fetch(`${url}/console/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await expectRefused(answer, 400, 'invalid_request');
  });
});

describe('REST', () => {
  it('accepts the cookie for the app that the header names', async () => {
    const cookie = cookieOf(await signIn(ADMIN_KEY));
    const answer = await whoami({ cookie, 'postrider-app': 'crm' });
    expect(await answer.json()).toEqual({ app: 'crm', name: 'admin:ada' });
    const demo = await whoami({ cookie, 'postrider-app': 'postrider.demo' });
    expect(await demo.json()).toMatchObject({ app: 'postrider.demo' });
  });

  it('refuses the cookie without the header, since other sites may have sent it', async () => {
    await expectRefused(await whoami({ cookie: cookieOf(await signIn(ADMIN_KEY)) }), 403, 'forbidden');
  });

  it('accepts an admin key for any app, and an API key for its own app only', async () => {
    const bearer = { authorization: `Bearer ${ADMIN_KEY}` };
    expect(await (await whoami(bearer)).json()).toEqual({ app: 'main', name: 'admin:ada' });
    expect(await (await whoami({ ...bearer, 'postrider-app': 'crm' })).json()).toMatchObject({ app: 'crm' });
    const shop = await whoami({ authorization: 'Bearer key-of-the-shop', 'postrider-app': 'crm' });
    expect(await shop.json()).toEqual({ app: 'main', name: 'shop' });
  });

  it.each(['a:b', '', 'a.b', 'x'.repeat(65)])('refuses the app %j', async (app) => {
    await expectRefused(
      await whoami({ authorization: `Bearer ${ADMIN_KEY}`, 'postrider-app': app }),
      400,
      'invalid_request',
    );
  });

  const forged = async (expiresIn: string, fingerprint: string, key = derivedKey(JWT_SECRET, 'console session')) => {
    const jwt = new SignJWT({ fingerprint }).setProtectedHeader({ alg: 'HS256' }).setSubject('ada');
    return jwt.setAudience('postrider:console').setExpirationTime(expiresIn).sign(key);
  };
  const fingerprintOf = (cookie: string): string => {
    const [, payload = ''] = cookie.split('.');
    return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { fingerprint: string }).fingerprint;
  };

  it('refuses a cookie that has ended, is forged, or belongs to a removed key', async () => {
    const cookie = cookieOf(await signIn(ADMIN_KEY));
    const fingerprint = fingerprintOf(cookie);
    const ask = async (value: string, at = url): Promise<number> =>
      (await whoami({ cookie: `postrider_console=${value}`, 'postrider-app': 'main' }, at)).status;
    expect(await ask(await forged('1h', fingerprint))).toBe(200);
    expect(await ask(await forged('-1s', fingerprint))).toBe(401);
    expect(await ask(await forged('1h', 'another fingerprint'))).toBe(401);
    expect(await ask(await forged('1h', fingerprint, derivedKey('another secret', 'console session')))).toBe(401);
    expect(await ask(await forged('1h', fingerprint, derivedKey(JWT_SECRET, 'internal token')))).toBe(401);
    expect(await ask('nonsense')).toBe(401);
    const rotated = await start({ ADMIN_KEYS: 'ada:another-key-of-hers' });
    expect(await ask(cookie.replace('postrider_console=', ''), rotated)).toBe(401);
  });
});

describe('the demo', () => {
  it('gives each visitor a private stage, with the same key', async () => {
    const at = await start({ DEMO: 'true' });
    const ask = async () => {
      const answer = await fetch(`${at}/demo/access`, { method: 'POST' });
      expect(answer.status).toBe(200);
      return (await answer.json()) as { app: string; apiKey: string; stage: string; people: Record<string, object> };
    };
    const [one, two] = [await ask(), await ask()];
    expect(Object.keys(one.people)).toEqual(['customer', 'agent', 'shopper', 'viewer1', 'viewer2', 'guest']);
    expect(one.people['agent']).toEqual({ user: `agent-${one.stage}`, token: expect.any(String) });
    expect(one.stage).not.toBe(two.stage);
    const who = await whoami({ authorization: `Bearer ${one.apiKey}` }, at);
    expect(await who.json()).toEqual({ app: 'postrider.demo', name: 'demo' });
    expect(one).toMatchObject({ app: 'postrider.demo', apiKey: two.apiKey });
  });

  it('is missing if it is off, and its key is unknown', async () => {
    await expectRefused(await fetch(`${url}/demo/access`, { method: 'POST' }), 403, 'forbidden');
    const { demoKeyOf } = await import('./demo.controller.js');
    expect((await whoami({ authorization: `Bearer ${demoKeyOf(JWT_SECRET)}` })).status).toBe(401);
  });
});
