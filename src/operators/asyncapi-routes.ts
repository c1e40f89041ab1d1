import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '../config/config.js';
import { asyncApiOf } from './asyncapi-document.js';
import { PAGE_POLICY, asyncApiPage } from './asyncapi-page.js';

const SHARED = { 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/** Serves the AsyncAPI document at /docs/asyncapi.json and a readable page at /docs/asyncapi. */
export function mountAsyncApi(app: NestFastifyApplication): void {
  const document = asyncApiOf(app.get(Config).wsPath);
  const page = asyncApiPage(document);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/docs/asyncapi.json', (_request, reply) => reply.headers(SHARED).send(document));
  fastify.get('/docs/asyncapi', (_request, reply) =>
    reply
      .headers({ ...SHARED, 'Content-Security-Policy': PAGE_POLICY })
      .type('text/html; charset=utf-8')
      .send(page),
  );
}
