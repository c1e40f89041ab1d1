import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpException, Post, Req, Res, UseGuards } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { AuthModule } from '../auth/auth.module.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { Config } from '../config/config.js';
import { ConfigModule } from '../config/config.module.js';
import { PostriderError } from '../contract/postrider-error.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { Answers } from './answers.decorator.js';
import { HttpAdapter } from './http-adapter.js';
import { HttpModule } from './http.module.js';
import { type HeaderSink, answerReplayed, idempotencyKeyOf } from './idempotency-key.decorator.js';
import type { RequestHeaders } from './visible-header.js';
import { openApiOf } from './openapi.js';
import { type PageQuery, pageQuery } from '../contract/page.js';
import { InGroup } from './route-group.js';
import { ReadBody, ReadParam, ReadQuery } from './read.decorator.js';

const config = Config.from({
  JWT_SECRET: 'a-secret-of-at-least-16',
  REDIS_URL: 'redis://127.0.0.1:6379',
  API_KEYS: 'main:shop:0123456789abcdef',
  DATA_MAX_BYTES: '100',
  HTTP_BODY_BYTES: '1000',
  HTTP_BATCH_BODY_BYTES: '5000',
});

const BATCH = '/v1/notifications/batch';

const body = z.strictObject({ name: z.string() });
const answer = z.object({ name: z.string(), key: z.string().optional(), app: z.string() });

@InGroup('rest')
@Controller('v1')
@UseGuards(ApiKeyGuard)
class ProbeController {
  @Post('notifications')
  @Answers(201, answer, 'Echo')
  echo(
    @CurrentPublisher() { app }: Publisher,
    @ReadBody(body) { name }: z.output<typeof body>,
    @Req() { headers }: { headers: RequestHeaders },
    @Res({ passthrough: true }) reply: HeaderSink,
  ): z.output<typeof answer> {
    const key = idempotencyKeyOf(headers);
    if (key) answerReplayed(reply);
    return { name, key, app };
  }

  @Post('notifications/batch')
  batch(@ReadBody(z.unknown()) given: unknown): unknown {
    return { length: JSON.stringify(given).length };
  }

  @Post('nothing')
  nothing(@ReadBody(z.undefined()) given: unknown): unknown {
    return { given: typeof given };
  }

  @Get('topics/:topic')
  topic(@ReadParam('topic', z.string().max(200)) topic: string, @ReadQuery(pageQuery) query: PageQuery): unknown {
    return { topic, ...query };
  }

  @Get('fail/:how')
  fail(@ReadParam('how', z.string()) how: string): never {
    if (how === 'busy') throw new PostriderError('rate_limited', 'Slower.', { retryAfterMs: 1_500 });
    if (how === 'away') throw new PostriderError('redis_unavailable');
    if (how === 'nest') throw new HttpException('a secret', 403);
    throw new Error('a secret');
  }
}

let app: NestFastifyApplication;
let url: string;

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url + path, { ...init, headers: { authorization: 'Bearer 0123456789abcdef', ...init.headers } });
const post = (path: string, text: string, headers: Record<string, string> = {}): Promise<Response> =>
  ask(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });

async function expectProblem(response: Response, status: number, code: string): Promise<Record<string, unknown>> {
  const text = await response.text();
  expect([response.status, text]).toEqual([status, expect.stringContaining(`"code":"${code}"`)]);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(text).not.toContain('secret');
  const problem: Record<string, unknown> = JSON.parse(text);
  expect(problem).toMatchObject({ type: `urn:postrider:problem:${code}`, status, title: expect.any(String) });
  expect(typeof problem['retryable']).toBe('boolean');
  return problem;
}

beforeAll(async () => {
  const built = await Test.createTestingModule({
    imports: [ConfigModule, ObservabilityModule, AuthModule.register(), HttpModule],
    controllers: [ProbeController],
  })
    .overrideProvider(Config)
    .useValue(config)
    .compile();
  app = built.createNestApplication<NestFastifyApplication>(new HttpAdapter(config), { logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(() => app.close());

describe('requests', () => {
  it('pass with a key and a valid body', async () => {
    const response = await post('/v1/notifications', '{"name":"x"}', { 'idempotency-key': 'k-1' });
    expect(response.status).toBe(201);
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(await response.json()).toEqual({ name: 'x', key: 'k-1', app: 'main' });
  });

  it.each(['', 'Bearer', 'Bearer wrong', 'Basic 0123456789abcdef', 'Bearer 0123456789abcdef extra'])(
    'without a known key (%j) are unauthorized',
    async (authorization) => {
      const response = await ask('/v1/topics/a', { headers: { authorization } });
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="postrider"');
      await expectProblem(response, 401, 'unauthorized');
    },
  );

  it('say which field is wrong', async () => {
    const problem = await expectProblem(await post('/v1/notifications', '{"nmae":"x"}'), 400, 'invalid_request');
    expect(problem['errors']).toEqual([
      { field: 'name', message: 'is required' },
      { field: 'nmae', message: 'is not a known field' },
    ]);
    expect(problem['detail']).toBe('name is required; nmae is not a known field.');
  });

  it.each([
    '{"name":',
    'x',
    '{"name":"x","__proto__":{"a":1}}',
    '{"name":"x","constructor":{"prototype":{}}}',
    '"x"',
    '',
  ])('with the body %j are refused', async (text) => {
    await expectProblem(await post('/v1/notifications', text), 400, 'invalid_request');
  });

  it('may have an empty JSON body if none is needed', async () => {
    expect(await (await post('/v1/nothing', '')).json()).toEqual({ given: 'undefined' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'of type %s are refused',
    async (type) => {
      const response = await post('/v1/notifications', 'name=x', { 'content-type': type });
      await expectProblem(response, 415, 'unsupported_media_type');
    },
  );

  it('have a size limit, a larger one for batches', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(2_000) });
    await expectProblem(await post('/v1/notifications', large), 413, 'payload_too_large');
    expect((await post(BATCH, large)).status).toBe(201);
    await expectProblem(await post(BATCH, JSON.stringify('x'.repeat(6_000))), 413, 'payload_too_large');
  });

  it.each(['a b', 'ä', 'x'.repeat(129), ''])('with the idempotency key %j are refused', async (key) => {
    const response = await post('/v1/notifications', '{"name":"x"}', {
      'idempotency-key': encodeURI(key) === key ? key : 'a b',
    });
    const problem = await expectProblem(response, 400, 'invalid_request');
    expect(problem['errors']).toEqual([expect.objectContaining({ field: 'Idempotency-Key' })]);
  });

  it('may have long, encoded parameters', async () => {
    const topic = '|'.repeat(200);
    const response = await ask(`/v1/topics/${encodeURIComponent(topic)}?limit=7`);
    expect(await response.json()).toEqual({ topic, limit: 7 });
  });

  it.each([
    ['/v1/topics/a?limit=0', 'limit'],
    ['/v1/topics/a?limt=1', 'limt'],
    [`/v1/topics/${'a'.repeat(201)}`, 'topic'],
  ])('to %s name the parameter', async (path, field) => {
    const problem = await expectProblem(await ask(path), 400, 'invalid_request');
    expect(problem['errors']).toEqual([expect.objectContaining({ field })]);
  });

  it.each([
    ['/nowhere', 404, 'not_found'],
    [`/v1/topics/${'a'.repeat(1_001)}`, 400, 'invalid_request'],
    ['/v1/topics/%zz', 400, 'invalid_request'],
    ['/v1/fail/nest', 403, 'forbidden'],
    ['/v1/fail/bug', 500, 'internal'],
  ])('to %s answer %i', async (path, status, code) => {
    await expectProblem(await ask(path), status, code);
  });

  it('with an unsupported method are told the supported ones', async () => {
    const answer = await ask('/v1/topics/a', { method: 'PUT' });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(answer, 405, 'method_not_allowed');
  });

  it('say when to retry', async () => {
    const busy = await ask('/v1/fail/busy');
    expect(busy.headers.get('retry-after')).toBe('2');
    await expectProblem(busy, 429, 'rate_limited');
    const away = await ask('/v1/fail/away');
    expect(away.headers.get('retry-after')).toMatch(/^[1-5]$/);
    await expectProblem(away, 503, 'redis_unavailable');
  });

  it('that are not HTTP do not stop the server', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => socket.destroy()).resume();
    socket.end('\u0000\r\n\r\n');
    await closed;
    expect((await ask('/v1/topics/a')).status).toBe(200);
  });
});

describe('openApiOf', () => {
  it('describes the calls by their schemas', () => {
    expect(openApiOf(app)).toMatchObject({
      openapi: '3.0.0',
      paths: {
        '/v1/notifications': {
          post: {
            requestBody: {
              content: {
                'application/json': {
                  schema: {
                    required: ['name'],
                    properties: { name: { type: 'string' } },
                    additionalProperties: false,
                  },
                },
              },
            },
            responses: { '201': { content: { 'application/json': { schema: { required: ['name', 'app'] } } } } },
          },
        },
        '/v1/topics/{topic}': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({ name: 'topic', in: 'path' }),
              expect.objectContaining({ name: 'limit', in: 'query', required: false }),
            ]),
          },
        },
      },
    });
  });
});
