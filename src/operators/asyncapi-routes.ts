import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SocketSettings } from '../config/settings.js';
import { asyncApiOf } from './asyncapi-document.js';

const HEADERS = { 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/** Serves the AsyncAPI document of the sockets at `/docs/asyncapi.json`. */
export function mountAsyncApi(app: NestFastifyApplication): void {
  const document = asyncApiOf(app.get(SocketSettings).wsPath);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/docs/asyncapi.json', (_request, reply) => reply.headers(HEADERS).send(document));
}
