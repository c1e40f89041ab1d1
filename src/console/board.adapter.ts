import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { createBullBoard } from '@bull-board/api';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';

type ServerAdapter = Parameters<typeof createBullBoard>[0]['serverAdapter'];
/** What the board hands over, by the method that takes it. */
type Given<M extends keyof ServerAdapter> = Parameters<ServerAdapter[M]>[0];
type ApiRoute = Given<'setApiRoutes'>[number];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
};
const PLACEHOLDER = /<%[=-] (\w+) %>/g;
/** Fonts of another host. */
const FOREIGN_LINK = /<link[^>]+href="https?:[^>]*>/g;

/**
 * The board under our own Fastify. Its own adapter would bring a second way to serve files and templates, for one page and
 * a folder.
 */
export class BoardAdapter implements ServerAdapter {
  private queues?: Given<'setQueues'>;
  private uiConfig: Given<'setUIConfig'> = {};
  private views = '';
  private statics = '';
  private entry?: Given<'setEntryRoute'>;
  private onError?: Given<'setErrorHandler'>;
  private routes: Given<'setApiRoutes'> = [];

  /** @param basePath where it is mounted. */
  constructor(private readonly basePath: string) {}

  setQueues(queues: Given<'setQueues'>): this {
    this.queues = queues;
    return this;
  }

  setViewsPath(path: string): this {
    this.views = path;
    return this;
  }

  setStaticPath(_route: string, path: string): this {
    this.statics = path;
    return this;
  }

  setEntryRoute(route: Given<'setEntryRoute'>): this {
    this.entry = route;
    return this;
  }

  setErrorHandler(handler: Given<'setErrorHandler'>): this {
    this.onError = handler;
    return this;
  }

  setApiRoutes(routes: Given<'setApiRoutes'>): this {
    this.routes = routes;
    return this;
  }

  setUIConfig(config: Given<'setUIConfig'>): this {
    this.uiConfig = config;
    return this;
  }

  /** Adds its routes to a scope that is mounted at its base path. */
  mount(scope: FastifyInstance): void {
    const { entry, onError } = this;
    for (const url of listOf(entry?.route ?? [])) scope.get(url, (_request, reply) => this.page(reply));
    const files = new Set(readdirSync(this.statics, { recursive: true, encoding: 'utf8' }).map(slashed));
    scope.get<{ Params: { '*': string } }>('/static/*', async ({ params: { '*': name } }, reply) => {
      const type = CONTENT_TYPES[extname(name)];
      if (!files.has(name) || type === undefined) return reply.callNotFound();
      return reply.type(type).send(await readFile(join(this.statics, name)));
    });
    for (const route of this.routes) this.add(scope, route);
    if (!onError) return;
    scope.setErrorHandler((error: Error, _request, reply) => {
      const { status = 500, body } = onError(error);
      return reply.status(status).send(body);
    });
  }

  private add(scope: FastifyInstance, { method, route, handler }: ApiRoute): void {
    const methods = listOf(method).map((name) => name.toUpperCase() as HTTPMethods);
    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const { status = 200, body } = await handler({
        queues: this.queues ?? new Map(),
        uiConfig: this.uiConfig,
        params: request.params as Record<string, string>,
        query: request.query as Record<string, string>,
        body: request.body as Record<string, unknown>,
        headers: request.headers as Record<string, string | undefined>,
      });
      return reply.status(status).send(body);
    };
    for (const url of listOf(route)) scope.route({ method: methods, url, handler: handle });
  }

  private async page(reply: FastifyReply): Promise<FastifyReply> {
    const { name = '', params = {} } = this.entry?.handler({ basePath: this.basePath, uiConfig: this.uiConfig }) ?? {};
    const template = await readFile(join(this.views, name), 'utf8');
    // The parameters are ours and the board's own, JSON among them with its angle brackets escaped.
    const html = template.replaceAll(FOREIGN_LINK, '').replaceAll(PLACEHOLDER, (_, key: string) => params[key] ?? '');
    return reply.type('text/html; charset=utf-8').send(html);
  }
}

const listOf = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);
const slashed = (path: string): string => path.split(sep).join('/');
