import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Child } from '../support/child-process.js';
import { RedisRig } from '../support/redis-rig.js';

const IMPORTS = `
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Config, PostriderHttpAdapter, PostriderModule } from './dist/index.js';
const config = Config.from();
const root = PostriderModule.forRoot({ config });
`;

describe('an application that does not mount Postrider as it should', () => {
  let redis: RedisRig;

  beforeAll(async () => {
    redis = await RedisRig.start();
  });

  afterAll(() => redis?.stop());

  it.each([
    [
      'with the HTTP adapter of Nest',
      'await NestFactory.create(root, new FastifyAdapter());',
      'new PostriderHttpAdapter(',
    ],
    ['as a context without HTTP', 'await NestFactory.createApplicationContext(root);', 'new PostriderHttpAdapter('],
    [
      'without the call that mounts it',
      'const app = await NestFactory.create(root, new PostriderHttpAdapter(config)); await app.init();',
      'Call `await mountPostrider(app)` before',
    ],
  ])('%s ends with one line that says what to do', async (_how, program, advice) => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const env = {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      REDIS_URL: redis.url,
      API_KEYS: 'main:a:key',
      JWT_SECRET: 'a-secret-of-at-least-16',
    };
    const child = Child.spawn(process.execPath, ['--input-type=module', '--eval', IMPORTS + program], { cwd, env });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.lines.join('\n')).toContain(advice);
  });
});
