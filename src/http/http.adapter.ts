import type { ServerResponse } from 'node:http';
import cookie from '@fastify/cookie';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { HttpDrain } from './http.drain.js';
import { postriderErrorOf, problemHeaders, problemOf } from './problem.js';

export const BATCH_PATH = '/v1/notifications/batch';

const JSON_TYPE = 'application/json';
/** The id of a dead letter holds a topic of 200 characters, and each may be percent-encoded; Fastify's own limit is 100. */
const MAX_PARAM_LENGTH = 4_096;
/** A body that is too large is read to here, so that its sender gets to see why it was refused. */
const MAX_DRAINED_BYTES = 67_108_864;

type HttpLimits = Pick<Config, 'httpBodyBytes' | 'httpBatchBodyBytes'> & Partial<Pick<Config, 'trustedProxies'>>;

/** Fastify with our limits: sizes of bodies by route, patience with slow clients, and JSON as the only body type. */
export class HttpAdapter extends FastifyAdapter {
  /** What it serves, by pattern. */
  readonly routes: { readonly method: string; readonly url: string }[] = [];
  private readonly drain: HttpDrain;

  constructor({ httpBodyBytes, httpBatchBodyBytes, trustedProxies = [] }: HttpLimits) {
    super({
      bodyLimit: httpBodyBytes,
      requestTimeout: 30_000,
      ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
      // Whoever has still got a connection is served; the one that he asks on next will be to another process.
      return503OnClosing: false,
      http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      // The router refuses a malformed URL before Nest is asked, so its answer is written here.
      frameworkErrors: (thrown: unknown, _request: unknown, { raw }: { raw: ServerResponse }) => {
        const error = postriderErrorOf(thrown);
        raw.writeHead(error.status, problemHeaders(error)).end(JSON.stringify(problemOf(error)));
      },
    });
    this.drain = new HttpDrain(this.getInstance());
    void this.getInstance().register(cookie);
    this.getInstance().addHook('onRoute', (route) => {
      for (const method of [route.method].flat()) this.routes.push({ method, url: route.url });
      if (route.url === BATCH_PATH) route.bodyLimit = httpBatchBodyBytes;
    });
    this.getInstance().addHook('preParsing', async (request, _reply, payload) => {
      const announced = Number(request.headers['content-length'] ?? 0);
      const limit = request.routeOptions.bodyLimit ?? httpBodyBytes;
      if (announced <= limit) return payload;
      if (announced <= MAX_DRAINED_BYTES) for await (const _ of payload);
      throw new PostriderError('payload_too_large', `The body has ${announced} bytes, at most ${limit} are taken.`);
    });
  }

  override async close(): Promise<void> {
    await this.drain.end();
    await super.close();
  }

  /** Instead of Nest's parsers: no forms, and an empty JSON body is none rather than a fault. */
  override registerParserMiddleware(): void {
    const fastify = this.getInstance();
    fastify.removeAllContentTypeParsers();
    const parseJson = fastify.getDefaultJsonParser('error', 'error');
    fastify.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (request, body: string, done) => {
      if (body.length === 0) done(null, undefined);
      else void parseJson(request, body, (error, parsed) => done(error && unreadable(body, error), parsed));
    });
  }
}

/** Says what is wrong without repeating what was sent, as the parser's own message does. */
function unreadable(body: string, cause: Error): PostriderError {
  return isJson(body)
    ? new PostriderError('invalid_request', 'No key may be named __proto__ or constructor.', {
        field: '__proto__',
        cause,
      })
    : new PostriderError('invalid_request', 'The body is not JSON.', { cause });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}
