import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import cookie from '@fastify/cookie';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { type Place, readJson } from '../contract/json/json-reader.js';
import { decodeUtf8 } from '../contract/json/utf8.js';
import { AdminListener } from './admin-listener.js';
import { AllowedMethods } from './allowed-methods.js';
import { normalizeForwarded } from './forwarded-addresses.js';
import { requirePlainBody } from './body-encoding.js';
import { HttpDrain } from './http-drain.js';
import { postriderErrorOf, problemHeaders, problemOf } from '../contract/problem.js';
import { linger } from './linger.js';
import { listenError } from './listen-error.js';
import { listenHost } from './listen-host.js';
import { type RefusedRequest, tellRefusal } from './refusal-log.js';
import { refuseConnection, unreadableRequest } from './refused-connection.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { HSTS, REFERENCE_POLICY, SECURITY_HEADERS } from './security-headers.js';
import { TlsCertificate } from './tls-certificate.js';

export const BATCH_PATH = '/v1/notifications/batch';

const JSON_TYPE = 'application/json';
const TOO_LARGE = 413;
/** Where bodies have what publishers send to clients: of one notification, and of each of a batch. */
const ONE: Place = { members: { data: 'text' } };
const PUBLISHED: Place = { members: { ...ONE.members, notifications: { items: ONE, isApart: true } } };
/** The id of a dead letter holds a topic of 200 characters, and each may be percent-encoded; Fastify's own limit is 100. */
const MAX_PARAM_LENGTH = 4_096;
/** A body that is too large is read to here, so that its sender gets to see why it was refused. */
const MAX_DRAINED_BYTES = 67_108_864;
/** How often slow clients are looked for. */
const CHECK_MS = 1_000;

const REFERENCE = /^\/docs(\/|$)/;
/** Routes that the first port does not have where there is an admin port. */
const OPERATORS = /^\/(metrics|console)(\/|$)/;
const OPERATORS_IN_PRODUCTION = /^\/(metrics|console|docs)(\/|$)/;

const logger = new EventLogger('Http');

/** Fastify with our limits: sizes and times of requests, JSON as the only body type, and what only operators see apart. */
export class HttpAdapter extends FastifyAdapter {
  /** What it serves, by pattern. */
  readonly routes: { readonly method: string; readonly url: string }[] = [];
  /** Requests whose sender waits to be told that the body is wanted (RFC 9110 §10.1.1). */
  private readonly expecting = new WeakSet<IncomingMessage>();
  /** Connections that end with the answer under way. */
  private readonly ended = new WeakSet<object>();
  private allowed?: AllowedMethods;
  private readonly drain: HttpDrain;
  private readonly admin?: AdminListener;
  private readonly unfollow?: () => void;

  constructor(private readonly config: Config) {
    const { httpBodyBytes, httpBatchBodyBytes, trustedProxies } = config;
    const limits = {
      maxHeaderSize: config.httpMaxHeaderBytes,
      headersTimeout: config.httpHeadersTimeoutMs,
      requestTimeout: config.httpRequestTimeoutMs,
      connectionsCheckingInterval: CHECK_MS,
    };
    const certificate = config.tlsCertFile === '' ? undefined : new TlsCertificate(config);
    super({
      bodyLimit: httpBodyBytes,
      requestTimeout: config.httpRequestTimeoutMs,
      maxRequestsPerSocket: config.httpMaxRequestsPerConnection,
      ...(trustedProxies.length > 0 && { trustProxy: [...trustedProxies] }),
      // Whoever has still got a connection is served; the one that he asks on next will be to another process.
      return503OnClosing: false,
      ...(certificate ? { https: { ...limits, ...certificate.read() } } : { http: limits }),
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      clientErrorHandler: (error, socket) => refuseConnection(socket, unreadableRequest(error)),
      genReqId: requestIdOf,
      // The router refuses a malformed URL before Nest is asked, so its answer is written here.
      frameworkErrors: (thrown: unknown, request: RefusedRequest, { raw }: { raw: ServerResponse }) => {
        const error = postriderErrorOf(thrown);
        tellRefusal(logger, error, request);
        const headers = { ...SECURITY_HEADERS, ...problemHeaders(error), [REQUEST_ID_HEADER]: request.id };
        raw.writeHead(error.status, headers).end(JSON.stringify(problemOf(error)));
      },
    });
    const fastify = this.getInstance();
    const server: Server = fastify.server;
    if (certificate) this.unfollow = certificate.follow(server as TlsServer);
    if (config.adminPort !== 'none') this.admin = new AdminListener(fastify, limits);
    for (const each of this.servers) {
      each.maxConnections = config.httpMaxConnections;
      each.prependListener('request', ({ headers }: IncomingMessage) => normalizeForwarded(headers));
      each.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
        this.expecting.add(request);
        each.emit('request', request, response);
      });
    }
    this.drain = new HttpDrain(fastify, this.servers);
    fastify.addHook('onRequest', (request, reply, done) => {
      // Nothing more may be done behind an answer that ends the connection (RFC 9112 §9.6).
      if (this.ended.has(request.raw.socket)) return void reply.hijack();
      reply.headers(SECURITY_HEADERS).header(REQUEST_ID_HEADER, request.id);
      if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
      const route = request.routeOptions.url ?? '';
      if (REFERENCE.test(route)) reply.header('content-security-policy', REFERENCE_POLICY);
      if (!this.admin || !this.isHidden(request, route)) return done();
      // Not thrown: the board of the queues has an answer of its own to errors.
      const error = new PostriderError('not_found');
      return void reply.status(error.status).headers(problemHeaders(error)).send(problemOf(error));
    });
    void fastify.register(cookie);
    fastify.addHook('onRoute', (route) => {
      for (const method of [route.method].flat()) this.routes.push({ method, url: route.url });
      if (route.url === BATCH_PATH) route.bodyLimit = httpBatchBodyBytes;
    });
    fastify.addHook('preParsing', async (request, reply, payload) => {
      const announced = Number(request.headers['content-length'] ?? 0);
      const limit = request.routeOptions.bodyLimit ?? httpBodyBytes;
      if (announced <= limit) {
        // What a sender of another encoding should use (RFC 9110 §15.5.16).
        if (request.headers['content-encoding'] !== undefined) reply.header('accept-encoding', 'identity');
        requirePlainBody(request.headers);
        if (!this.expecting.has(request.raw)) return payload;
        requireCredentials(request);
        this.expecting.delete(request.raw);
        reply.raw.writeContinue();
        return payload;
      }
      const isComing = !this.expecting.has(request.raw);
      if (isComing && announced <= MAX_DRAINED_BYTES) for await (const _ of payload);
      throw new PostriderError('payload_too_large', `The body has ${announced} bytes, at most ${limit} are taken.`);
    });
    fastify.addHook('preValidation', ({ body }, _reply, done) => {
      if (body instanceof PostriderError) done(body);
      else done();
    });
    fastify.addHook('onSend', ({ raw }, reply, _payload, done) => {
      // Whoever was not told to send the body may or may not send it now.
      const isUnsent = this.expecting.delete(raw);
      if (isUnsent) reply.header('connection', 'close');
      if (!raw.complete && reply.getHeader('connection') === 'close') this.ended.add(raw.socket);
      if (raw.complete || !(isUnsent || reply.statusCode === TOO_LARGE)) done();
      else linger(raw, () => done());
    });
  }

  /** That of `PORT`, and that of `ADMIN_PORT` where there is one. */
  get servers(): readonly Server[] {
    return [this.getInstance().server, ...(this.admin ? [this.admin.server] : [])];
  }

  /** Opens the port of operators, where there is one. @throws StartError where that cannot be. */
  async listenForOperators(): Promise<void> {
    const { adminPort, adminHost } = this.config;
    if (adminPort === 'none') return;
    const host = await listenHost(adminHost);
    const place = { port: adminPort, host, portSetting: 'ADMIN_PORT', hostSetting: 'ADMIN_HOST' } as const;
    await this.admin?.listen(adminPort, host).catch((error: unknown) => {
      throw listenError(place, error);
    });
  }

  /** From now on new connections are refused; those there are go on. */
  refuseConnections(): void {
    this.drain.refuse();
  }

  override async close(): Promise<void> {
    await this.drain.end();
    this.unfollow?.();
    this.admin?.server.closeAllConnections();
    await super.close();
  }

  /** Instead of Nest's parsers: no forms, and an empty JSON body is none rather than a fault. */
  override registerParserMiddleware(): void {
    const fastify = this.getInstance();
    fastify.removeAllContentTypeParsers();
    // A fault is handed on as the body: Fastify ends a connection whose parser fails, but this body has been read to its end.
    fastify.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (_request, bytes: Buffer, done) => {
      try {
        done(null, bytes.length === 0 ? undefined : readBody(bytes));
      } catch (fault) {
        done(null, fault);
      }
    });
  }

  /** The methods of the path that a request asks for; none where nothing is there for its sender. */
  methodsFor(request: FastifyRequest): string[] {
    this.allowed ??= new AllowedMethods(this.routes);
    const [path = ''] = request.url.split('?');
    return this.allowed.of(path, (route) => !this.admin || !this.isHidden(request, route));
  }

  /** By route and not by URL, which can be written in many ways. */
  private isHidden(request: FastifyRequest, route: string): boolean {
    const operators = this.config.nodeEnv === 'production' ? OPERATORS_IN_PRODUCTION : OPERATORS;
    return operators.test(route) && !this.admin?.has(request.raw);
  }
}

/** @throws PostriderError `unauthorized` where a call of the API has nothing that could say who sends it. */
function requireCredentials({ headers: { authorization, cookie: given }, routeOptions }: FastifyRequest): void {
  if (!routeOptions.url?.startsWith('/v1/') || authorization !== undefined || given !== undefined) return;
  throw new PostriderError('unauthorized', 'Send an API key as "Authorization: Bearer <key>".');
}

/** @throws PostriderError `invalid_request`; what was sent is not repeated, as the parser's own message does. */
function readBody(bytes: Buffer): unknown {
  const body = decodeUtf8(bytes);
  if ('fault' in body) throw new PostriderError('invalid_request', `The body ${body.fault}.`);
  try {
    return readJson(body.text, PUBLISHED);
  } catch (cause) {
    if (cause instanceof PostriderError) throw cause;
    throw new PostriderError('invalid_request', 'The body is not JSON.', { cause });
  }
}
