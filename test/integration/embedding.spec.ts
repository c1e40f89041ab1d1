import type { AddressInfo, Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConflictException, Controller, Get, Header, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  ApiKeyGuard,
  Config,
  type ConfigFactory,
  CurrentPublisher,
  Notifications,
  PostriderError,
  PostriderHttpAdapter,
  PostriderModule,
  ProblemFilter,
  type Publisher,
  PublisherAuthenticator,
  type PublisherGrant,
  RequiresScope,
  RestRateGuard,
  type RestCredentials,
  mountPostrider,
} from '../../src/index.js';
import { FrameSocket } from '../support/frame-socket.js';
import { RedisRig } from '../support/redis-rig.js';
import { TokenMint } from '../support/tokens.js';

const KEY = 'key-of-the-host-of-acme';
const ORDERS: Publisher = { app: 'main', name: 'orders' };
const PAGE = '<!doctype html><title>orders</title>';

@Controller('acme/orders')
class OrdersController {
  constructor(private readonly notifications: Notifications) {}

  @Get()
  @Header('content-type', 'text/html')
  page(): string {
    return PAGE;
  }

  @Post('shipped')
  shipped(): Promise<unknown> {
    const body = { to: { user: 'ada' }, type: 'order.shipped', data: { order: 4711 } };
    return this.notifications.publish(ORDERS, body, { idempotencyKey: 'order-4711' });
  }

  @Post('refused')
  refused(): Promise<unknown> {
    return this.notifications.publish(ORDERS, { to: { user: 'not a user' }, type: 'x', data: null });
  }

  @Get('conflict')
  conflict(): never {
    throw new ConflictException('The order has been shipped.');
  }

  @Get('bug')
  bug(): never {
    throw new Error('a secret');
  }
}

@Controller('acme/publishers')
class PublisherController {
  @Get('mine')
  @UseGuards(ApiKeyGuard, RestRateGuard)
  @RequiresScope('read')
  mine(@CurrentPublisher() publisher: Publisher): Publisher {
    return publisher;
  }
}

/** Trusts a gateway that has authenticated the caller. */
@Injectable()
class HeaderAuthenticator extends PublisherAuthenticator {
  override async authenticate({ headers }: RestCredentials): Promise<PublisherGrant | undefined> {
    const client = headers['x-client'];
    if (typeof client !== 'string') return undefined;
    if (client === 'blocked') throw new PostriderError('unauthorized', 'The client is blocked.');
    return { publisher: { app: 'main', name: client }, scopes: new Set(['publish']) };
  }
}

describe('Postrider in an application of a team', () => {
  const mint = new TokenMint();
  let redis: RedisRig;
  let env: Record<string, string>;
  const apps: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    redis = await RedisRig.start();
    env = {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      ADMIN_PORT: '0',
      ADMIN_HOST: '127.0.0.1',
      REDIS_URL: redis.url,
      API_KEYS: `main:shop:${KEY}`,
      JWT_SECRET: mint.secret,
      WS_QUERY_TOKEN: 'true',
      DRAIN_MS: '1000',
    };
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  afterAll(() => redis?.stop());

  const mounted = async (prefix?: string): Promise<NestFastifyApplication> => {
    const config = Config.from(env);
    @Module({
      imports: [
        PostriderModule.forRoot({ config, pages: ['console', 'client'], publisherAuthenticator: HeaderAuthenticator }),
      ],
      controllers: [OrdersController, PublisherController],
    })
    class AppModule {}
    const app = await NestFactory.create<NestFastifyApplication>(AppModule, new PostriderHttpAdapter(config), {
      logger: false,
      abortOnError: false,
    });
    apps.push(app);
    if (prefix) app.setGlobalPrefix(prefix);
    await mountPostrider(app, { signals: [] });
    return app;
  };

  const served = async (prefix?: string): Promise<{ app: NestFastifyApplication; url: string }> => {
    const app = await mounted(prefix);
    await app.listen(0, '127.0.0.1');
    return { app, url: await app.getUrl() };
  };

  const accept = (url: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}/v1/notifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ to: { user: 'ada' }, type: 'greeting', data: 'hello' }),
    });

  describe('that serves it', () => {
    it('opens ADMIN_PORT after PORT, when all routes are complete', async () => {
      const app = await mounted();
      const operators = (app.getHttpAdapter() as unknown as PostriderHttpAdapter).servers[1] as Server;
      expect(operators.listening).toBe(false);
      await app.listen(0, '127.0.0.1');
      const { port } = operators.address() as AddressInfo;
      const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(metrics.status).toBe(200);
    });

    it('delivers what a controller of the team publishes', async () => {
      const { url } = await served();
      const token = await mint.sign('ada', {});
      const socket = await FrameSocket.open(`${url.replace('http', 'ws')}/ws`, { token });
      await socket.welcome();
      const answers = [];
      for (const _ of [1, 2])
        answers.push(await (await fetch(`${url}/acme/orders/shipped`, { method: 'POST' })).json());
      expect(answers[1]).toEqual(answers[0]);
      await expect(socket.next('notification')).resolves.toMatchObject({
        data: { type: 'order.shipped', data: { order: 4711 } },
      });
      socket.cut();
    });

    it('leaves the errors of its routes alone, and answers ours as problems', async () => {
      const { url } = await served();
      const conflict = await fetch(`${url}/acme/orders/conflict`);
      expect([conflict.status, await conflict.json()]).toEqual([
        409,
        { statusCode: 409, message: 'The order has been shipped.', error: 'Conflict' },
      ]);
      const bug = await fetch(`${url}/acme/orders/bug`);
      expect([bug.status, await bug.json()]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
      const refused = await fetch(`${url}/acme/orders/refused`, { method: 'POST' });
      expect([refused.status, await refused.json()]).toEqual([
        400,
        expect.objectContaining({ code: 'invalid_request', errors: [expect.objectContaining({ field: 'to.user' })] }),
      ]);
    });

    it('leaves the pages of the team their content policy', async () => {
      const { url } = await served();
      const page = await fetch(`${url}/acme/orders`);
      expect([await page.text(), page.headers.get('content-security-policy')]).toEqual([PAGE, null]);
      expect((await fetch(`${url}/health/live`)).headers.get('content-security-policy')).toContain(
        "default-src 'none'",
      );
    });

    it('lends its guards to routes of the team', async () => {
      const { url } = await served();
      const mine = (headers: Record<string, string> = {}) => fetch(`${url}/acme/publishers/mine`, { headers });
      expect((await mine()).status).toBe(401);
      expect(await (await mine({ authorization: `Bearer ${KEY}` })).json()).toEqual({ app: 'main', name: 'shop' });
      expect((await mine({ 'x-client': 'crm' })).status).toBe(403);
    });

    it('takes the publishers that an authenticator of the team knows', async () => {
      const { url } = await served();
      expect((await accept(url, { 'x-client': 'crm' })).status).toBe(202);
      expect((await accept(url, { authorization: `Bearer ${KEY}` })).status).toBe(202);
      const blocked = await accept(url, { 'x-client': 'blocked' });
      expect(await blocked.json()).toMatchObject({ code: 'unauthorized', detail: 'The client is blocked.' });
      expect((await accept(url, {})).status).toBe(401);
      expect((await accept(url, { 'x-client': 'no:name' })).status).toBe(500);
    });

    it.each(['', '/push'])('keeps what is for operators on their port under the prefix %j', async (prefix) => {
      const { url } = await served(prefix.slice(1));
      const statuses = async (paths: string[]) =>
        Promise.all(paths.map(async (path) => (await fetch(`${url}${prefix}${path}`)).status));
      expect(await statuses(['/metrics', '/console', '/console/session', '/health/live'])).toEqual([
        404, 404, 404, 200,
      ]);
      expect((await accept(url + prefix, { authorization: `Bearer ${KEY}` })).status).toBe(202);
    });
  });

  describe('that only publishes', () => {
    const options = { logger: false, abortOnError: false } as const;
    const body = { to: { user: 'grace' }, type: 'greeting', data: 1 };

    it('publishes, looks up and cancels from an application context', async () => {
      const root = PostriderModule.forRoot({ roles: [], config: Config.from(env) });
      const app = await NestFactory.createApplicationContext(root, options);
      apps.push(app);
      const notifications = app.get(Notifications);
      const { id } = await notifications.publish(ORDERS, body);
      await expect(notifications.status('main', id)).resolves.toMatchObject({ state: 'accepted' });
      await expect(notifications.receipts('main', id, { limit: 10 })).resolves.toEqual({ items: [], next: null });
      await expect(notifications.cancel('main', id)).resolves.toMatchObject({ state: 'cancelled' });
      await expect(notifications.status('other', id)).rejects.toMatchObject({ code: 'notification_not_found' });
      const results = await notifications.publishMany(ORDERS, [body, { ...body, type: '' }]);
      expect(results.map(({ status }) => status)).toEqual([202, 400]);
      await expect(notifications.publish(ORDERS, body, { idempotencyKey: 'a b' })).rejects.toMatchObject({
        errors: [expect.objectContaining({ field: 'idempotencyKey' })],
      });
    });

    it('runs beside an HTTP adapter of another kind, and adds no route to it', async () => {
      @Module({
        imports: [PostriderModule.forRoot({ roles: [], config: Config.from(env) })],
        controllers: [OrdersController],
      })
      class AppModule {}
      const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), options);
      apps.push(app);
      app.useGlobalFilters(new ProblemFilter(app.get(HttpAdapterHost)));
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      expect((await fetch(`${url}/acme/orders/shipped`, { method: 'POST' })).status).toBe(201);
      expect((await fetch(`${url}/acme/orders/conflict`)).status).toBe(409);
      const refused = await fetch(`${url}/acme/orders/refused`, { method: 'POST' });
      expect(await refused.json()).toMatchObject({ code: 'invalid_request' });
      expect((await fetch(`${url}/health/live`)).status).toBe(404);
    });

    @Injectable()
    class Settings implements ConfigFactory {
      createPostriderConfig(): Config {
        return Config.from(env);
      }
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}

    it.each([
      ['useFactory', { inject: [Settings], useFactory: (made: Settings) => made.createPostriderConfig() }],
      ['useExisting', { useExisting: Settings }],
      ['useClass', { useClass: Settings }],
    ] as const)('takes its settings by %s', async (_name, source) => {
      const root = PostriderModule.forRootAsync({ roles: [], imports: [SettingsModule], ...source } as never);
      const app = await NestFactory.createApplicationContext(root, options);
      apps.push(app);
      await expect(app.get(Notifications).publish(ORDERS, body)).resolves.toMatchObject({ state: 'accepted' });
    });
  });
});
