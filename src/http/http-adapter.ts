import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { finished } from 'node:stream';
import cookie from '@fastify/cookie';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import type { Config } from '../config/config.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { type Place, readJson } from '../contract/json/json-reader.js';
import { decodeUtf8 } from '../contract/json/utf8.js';
import { AdminListener } from './admin-listener.js';
import { AllowedMethods, type Route } from './allowed-methods.js';
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
import { type RouteGroup, groupOf } from './route-group.js';
import { HSTS, REFERENCE_POLICY, SECURITY_HEADERS } from './security-headers.js';
import { TlsCertificate } from './tls-certificate.js';

/** End of the path of the route whose bodies hold many notifications. */
const BATCH = '/notifications/batch';

const JSON_TYPE = 'application/json';
const TOO_LARGE = 413;
/** Places of published data in request bodies: of a single notification and of a batch. */
const ONE: Place = { members: { data: 'text' } };
const PUBLISHED: Place = { members: { ...ONE.members, notifications: { items: ONE, isApart: true } } };
/**
 * Maximum length of a path parameter. A dead letter's id holds a topic of up to 200 characters,
 * each possibly percent-encoded; Fastify allows 100.
 */
const MAX_PARAM_LENGTH = 4_096;
/** A body over the limit is still read up to this size, so that its sender sees the refusal. */
const MAX_DRAINED_BYTES = 67_108_864;
/** Interval between checks for slow clients. */
const CHECK_MS = 1_000;

const logger = new EventLogger('Http');

/**
 * Fastify with our limits on size and time, JSON as the only body type, and the operators' routes
 * on their own port.
 */
export class HttpAdapter extends FastifyAdapter {
  /** Registered routes, by pattern. */
  readonly routes: Route[] = [];
  /** Requests that wait for `100 Continue` before they send the body (RFC 9110 §10.1.1). */
  private readonly expecting = new WeakSet<IncomingMessage>();
  /** Connections that close after the current answer. */
  private readonly ended = new WeakSet<object>();
  /** False until `mountPostrider` has given the application its sockets. */
  isMounted = true;
  private allowed?: AllowedMethods;
  private grouped?: RouteGroup | undefined;
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
      // Requests on open connections are still served; the client's next connection goes to another
      // process.
      return503OnClosing: false,
      ...(certificate ? { https: { ...limits, ...certificate.read() } } : { http: limits }),
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      clientErrorHandler: (error, socket) => refuseConnection(socket, unreadableRequest(error)),
      genReqId: requestIdOf,
      // The router refuses a malformed URL before Nest sees it, so the answer is written here.
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
      // An answer that closes the connection must be the last one on it (RFC 9112 §9.6).
      if (this.ended.has(request.raw.socket)) return void reply.hijack();
      void reply.header(REQUEST_ID_HEADER, request.id);
      const { url, config } = request.routeOptions;
      const group = config.postrider;
      // The host application sets the headers of its own routes.
      if (group !== undefined || url === undefined) {
        reply.headers(SECURITY_HEADERS);
        if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
        if (group === 'reference') reply.header('content-security-policy', REFERENCE_POLICY);
      }
      if (!this.admin || !this.isHidden(request, group)) return done();
      // Sent instead of thrown, because the queue board replaces thrown errors by its own answer.
      const error = new PostriderError('not_found');
      return void reply.status(error.status).headers(problemHeaders(error)).send(problemOf(error));
    });
    void fastify.register(cookie);
    fastify.addHook('onRoute', (route) => {
      if (this.grouped) route.config = { ...route.config, postrider: this.grouped };
      for (const method of [route.method].flat()) {
        this.routes.push({
          method,
          url: route.url,
          get group() {
            return route.config?.postrider;
          },
        });
      }
      if (route.config?.postrider === 'rest' && route.url.endsWith(BATCH)) route.bodyLimit = httpBatchBodyBytes;
    });
    // A promise would cost every request.
    fastify.addHook('preParsing', (request, reply, payload, done) => {
      const announced = Number(request.headers['content-length'] ?? 0);
      const limit = request.routeOptions.bodyLimit ?? httpBodyBytes;
      if (announced > limit) return this.refuseBody(request, payload, limit, done);
      try {
        this.admitBody(request, reply);
      } catch (error) {
        return refuseSoon(error, done);
      }
      return done(null, payload);
    });
    fastify.addHook('preValidation', ({ body }, _reply, done) => {
      if (body instanceof PostriderError) done(body);
      else done();
    });
    fastify.addHook('onSend', ({ raw }, reply, _payload, done) => {
      // Without `100 Continue`, the client may or may not send its body now.
      const isUnsent = this.expecting.delete(raw);
      if (isUnsent) reply.header('connection', 'close');
      if (!raw.complete && reply.getHeader('connection') === 'close') this.ended.add(raw.socket);
      if (raw.complete || !(isUnsent || reply.statusCode === TOO_LARGE)) done();
      else linger(raw, () => done());
    });
  }

  /** @throws PostriderError if the header of the request already shows that its body is refused. */
  private admitBody(request: FastifyRequest, reply: FastifyReply): void {
    const { headers, raw } = request;
    // Tells the sender which encoding to use (RFC 9110 §15.5.16).
    if (headers['content-encoding'] !== undefined) reply.header('accept-encoding', 'identity');
    requirePlainBody(headers);
    if (!this.expecting.has(raw)) return;
    requireCredentials(request);
    this.expecting.delete(raw);
    reply.raw.writeContinue();
  }

  /** Refuses a body over the limit, after reading what its sender does not hold back. */
  private refuseBody(
    { headers, raw }: FastifyRequest,
    payload: RequestPayload,
    limit: number,
    done: (error: Error) => void,
  ): void {
    const announced = Number(headers['content-length']);
    const detail = `The body has ${announced} bytes, but the limit is ${limit}. Send less.`;
    const error = new PostriderError('payload_too_large', detail);
    if (this.expecting.has(raw) || announced > MAX_DRAINED_BYTES) refuseSoon(error, done);
    else finished(payload.resume(), () => done(error));
  }

  /** Servers of `PORT` and, if there is one, of `ADMIN_PORT`. */
  get servers(): readonly Server[] {
    return [this.getInstance().server, ...(this.admin ? [this.admin.server] : [])];
  }

  /**
   * Opens `PORT`, then `ADMIN_PORT` if there is one: before that, the router is not complete. Nest
   * passes a callback, which gets a StartError if `ADMIN_PORT` cannot be opened.
   */
  override listen(port: string | number, ...rest: unknown[]): void {
    const opened = rest.pop() as (fault?: unknown) => void;
    super.listen(port, ...(rest as [string]), (fault?: unknown) => {
      if (fault) opened(fault);
      else this.listenForOperators().then(() => opened(), opened);
    });
  }

  /** @throws StartError if the admin port cannot be opened. */
  private async listenForOperators(): Promise<void> {
    const { adminPort, adminHost } = this.config;
    if (adminPort === 'none') return;
    const host = await listenHost(adminHost);
    const place = { port: adminPort, host, portSetting: 'ADMIN_PORT', hostSetting: 'ADMIN_HOST' } as const;
    await this.admin?.listen(adminPort, host).catch((error: unknown) => {
      throw listenError(place, error);
    });
  }

  /** Refuses new connections from now on; open ones continue. */
  refuseConnections(): void {
    this.drain.refuse();
  }

  override async init(): Promise<void> {
    if (!this.isMounted) throw new Error('Call `await mountPostrider(app)` before app.init() or app.listen().');
    await super.init();
  }

  override async close(): Promise<void> {
    await this.drain.end();
    this.unfollow?.();
    this.admin?.server.closeAllConnections();
    await super.close();
  }

  /** Replaces Nest's parsers: no forms, and an empty JSON body is a missing body, not an error. */
  override registerParserMiddleware(): void {
    const fastify = this.getInstance();
    fastify.removeContentTypeParser([JSON_TYPE, 'text/plain']);
    // An error is passed on as the body, since Fastify closes the connection after a parser error
    // although this body was read to its end.
    fastify.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (_request, bytes: Buffer, done) => {
      try {
        done(null, bytes.length === 0 ? undefined : readBody(bytes));
      } catch (fault) {
        done(null, fault);
      }
    });
  }

  /** Puts the routes that a library registers into a group. */
  inGroup(group: RouteGroup, register: () => void): void {
    this.grouped = group;
    try {
      register();
    } finally {
      this.grouped = undefined;
    }
  }

  /** Methods of the requested path; none if the sender can see nothing there. */
  methodsFor(request: FastifyRequest): string[] {
    this.allowed ??= new AllowedMethods(this.routes);
    const [path = ''] = request.url.split('?');
    return this.allowed.of(path, ({ group }) => !this.admin || !this.isHidden(request, group));
  }

  /** Decides by group and not by URL, which can be spelled in many ways and may have a prefix. */
  private isHidden(request: FastifyRequest, group: RouteGroup | undefined): boolean {
    const isForOperators = group === 'operators' || (group === 'reference' && this.config.nodeEnv === 'production');
    return isForOperators && !this.admin?.has(request.raw);
  }
}

/** Lets Node first answer what its own parser refuses, since a request gets one answer only. */
function refuseSoon(error: unknown, done: (error: Error) => void): void {
  queueMicrotask(() => done(error as Error));
}

/** @throws PostriderError `unauthorized` if an API call carries no credentials at all. */
function requireCredentials(request: FastifyRequest): void {
  const { authorization, cookie: given } = request.headers;
  if (groupOf(request) !== 'rest' || authorization !== undefined || given !== undefined) return;
  throw new PostriderError('unauthorized', 'Send an API key as "Authorization: Bearer <key>".');
}

/**
 * @throws PostriderError `invalid_request` that, unlike the parser's error, does not repeat the
 * body.
 */
function readBody(bytes: Buffer): unknown {
  const body = decodeUtf8(bytes);
  if ('fault' in body) throw new PostriderError('invalid_request', `The body ${body.fault}.`);
  try {
    return readJson(body.text, PUBLISHED);
  } catch (cause) {
    if (cause instanceof PostriderError) throw cause;
    throw new PostriderError('invalid_request', 'The body is not valid JSON. Send JSON in UTF-8.', { cause });
  }
}
