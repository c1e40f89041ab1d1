import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Config } from '../config/config.js';
import { ConfigModule } from '../config/config.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { HttpAdapter } from '../http/http-adapter.js';
import { HttpModule } from '../http/http.module.js';
import { ClientModule } from './client.module.js';
import { ConsolePageController } from './console-page.controller.js';
import { DemoPageController } from './demo-page.controller.js';
import { PageFilesModule } from './page-files.module.js';

const config = Config.from({
  NODE_ENV: 'test',
  JWT_SECRET: 'a-secret-of-at-least-16',
  REDIS_URL: 'redis://127.0.0.1:6379',
  API_KEYS: 'main:shop:0123456789abcdef',
});

let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  const built = await Test.createTestingModule({
    imports: [ConfigModule.of(config), ObservabilityModule, HttpModule, ClientModule, PageFilesModule],
    controllers: [DemoPageController, ConsolePageController],
  }).compile();
  app = built.createNestApplication<NestFastifyApplication>(new HttpAdapter(config), { logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(() => app?.close());

const isBuilt = existsSync(new URL('../../web/dist/demo/index.html', import.meta.url));

describe('the pages', () => {
  it.each(['/', '/console'])('at %s has a strict content policy, or says that it is not built', async (path) => {
    const answer = await fetch(url + path);
    const text = await answer.text();
    expect([answer.status, /html/.test(answer.headers.get('content-type') ?? '')]).toEqual(
      isBuilt ? [200, true] : [404, false],
    );
    if (isBuilt)
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    else expect(text).toContain('npm run build');
  });

  it('have one address each', async () => {
    const answer = await fetch(`${url}/console/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/console']);
  });

  it.each(['..%2f..%2fdemo%2findex.html', '..%2f..%2f..%2fpackage.json', 'nothing.js', 'constructor', '%00'])(
    'have no asset %s',
    async (name) => {
      expect((await fetch(`${url}/assets/${name}`)).status).toBe(404);
    },
  );
});
