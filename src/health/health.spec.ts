import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Config } from '../config/config.js';
import { ConfigModule } from '../config/config.module.js';
import { HttpAdapter } from '../http/http-adapter.js';
import { HttpModule } from '../http/http.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { HealthModule } from './health.module.js';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';

@Injectable()
class Switch extends ReadinessCheck {
  readonly name: string = 'switch';
  answer: () => Promise<ReadinessResult> = async () => ({ ready: true });

  override check(): Promise<ReadinessResult> {
    return this.answer();
  }
}

@Injectable()
class Lamp extends ReadinessCheck {
  readonly name = 'lamp';

  override async check(): Promise<ReadinessResult> {
    return { ready: true, detail: 'shines' };
  }
}

@Injectable()
class OtherSwitch extends Switch {}

let app: NestFastifyApplication;

async function start(...checks: Type<ReadinessCheck>[]): Promise<(path: string) => Promise<[number, unknown]>> {
  @Module({ providers: checks })
  class ChecksModule {}

  const config = Config.from({ REDIS_URL: 'redis://127.0.0.1', API_KEYS: 'main:test:key', JWT_SECRET: 'secret' });
  const built = await Test.createTestingModule({
    imports: [ConfigModule.of(config), ObservabilityModule, HttpModule, HealthModule, ChecksModule],
  }).compile();
  app = built.createNestApplication<NestFastifyApplication>(new HttpAdapter(config), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return async (path) => {
    const response = await fetch(`${url}/health/${path}`);
    return [response.status, await response.json()];
  };
}

afterEach(() => app.close());

describe('/health', () => {
  it('is ready when every check of every module is', async () => {
    const health = await start(Switch, Lamp);
    const [status, report] = await health('ready');
    expect(status).toBe(200);
    expect(report).toMatchObject({
      status: 'ok',
      details: { switch: { status: 'up' }, lamp: { status: 'up', detail: 'shines' } },
    });
  });

  it.each<[string, () => Promise<ReadinessResult>]>([
    ['away', async () => ({ ready: false, detail: 'away' })],
    ['not ready', async () => ({ ready: false })],
    ['broken', () => Promise.reject(new Error('broken'))],
    ['timeout of 1000ms exceeded', () => new Promise(() => undefined)],
  ])('is not ready if one check is not: %s', async (message, answer) => {
    const health = await start(Switch, Lamp);
    app.get(Switch).answer = answer;
    const [status, report] = await health('ready');
    expect(status).toBe(503);
    expect(report).toMatchObject({ status: 'error', error: { switch: { status: 'down', message } } });
    expect(await health('live')).toMatchObject([200, { status: 'ok' }]);
  });

  it('has started once it was ready, and stays so', async () => {
    const health = await start(Switch);
    const check = app.get(Switch);
    check.answer = async () => ({ ready: false });
    expect((await health('startup'))[0]).toBe(503);
    check.answer = async () => ({ ready: true });
    expect((await health('startup'))[0]).toBe(200);
    check.answer = async () => ({ ready: false });
    expect((await health('startup'))[0]).toBe(200);
    expect((await health('ready'))[0]).toBe(503);
  });

  it('refuses to start with two checks of the same name', async () => {
    await expect(start(Switch, OtherSwitch)).rejects.toThrow('two readiness checks named switch');
  });
});
