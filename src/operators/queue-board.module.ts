import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { BULL_BOARD_ADAPTER, BullBoardModule } from '@bull-board/nestjs';
import { Inject, Module } from '@nestjs/common';
import type { FastifyInstance, FastifyPluginOptions, FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_COOKIE, ConsoleSessions } from '../auth/console-sessions.js';
import { NodeSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { problemHeaders, problemOf } from '../contract/problem.js';
import { contentPolicy } from '../http/content-policy.js';
import { QueueModule } from '../queue/queue.module.js';
import { GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE } from '../queue/queue-names.js';

const BASE = '/console/queues';

/** Headers of the board, which brings inline styles and loads nothing from elsewhere. */
const HEADERS = {
  'Content-Security-Policy': contentPolicy({
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'base-uri': "'self'",
    'frame-ancestors': "'self'",
  }),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Link to another host for fonts. The content policy forbids it, and a browser reports each
 * forbidden file as an error in its console.
 */
const FOREIGN_LINK = /<link[^>]+href="https?:[^>]*>/g;

type Gate = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** Adapter of the board behind a gate, with our headers on every answer. */
class GatedAdapter extends FastifyAdapter {
  /** Refuses everybody until the module sets a gate. */
  gate: Gate = async (_request, reply) =>
    refuse(reply, new PostriderError('unauthorized', 'The server is starting. Retry in a moment.'));

  /** Public path of the server behind a proxy. */
  publicPath = '';

  override registerPlugin() {
    const mount = super.registerPlugin();
    return (scope: FastifyInstance, options: FastifyPluginOptions, done: () => void): void => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, postrider: 'operators' };
      });
      scope.addHook('onRequest', (request, reply) => this.gate(request, reply));
      scope.addHook('onSend', async (_request, reply, payload) => {
        reply.headers(HEADERS);
        const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
        return isPage && typeof payload === 'string' ? this.shown(payload) : payload;
      });
      mount(scope, options as { basePath: string }, done);
    };
  }

  private shown(page: string): string {
    return page.replaceAll(FOREIGN_LINK, '').replace(`<base href="${BASE}`, `<base href="${this.publicPath}${BASE}`);
  }
}

/** BullMQ's own board at `/console/queues`, for signed-in operators. */
@Module({
  imports: [
    QueueModule,
    BullBoardModule.forRoot({
      route: BASE,
      adapter: GatedAdapter,
      boardOptions: { uiConfig: { boardTitle: 'Postrider queues' } },
    }),
    BullBoardModule.forFeature(
      ...[GUARD_QUEUE, RELEASE_QUEUE, SWEEP_QUEUE].map((name) => ({ name, adapter: BullMQAdapter })),
    ),
  ],
})
export class QueueBoardModule {
  constructor(
    @Inject(BULL_BOARD_ADAPTER) adapter: GatedAdapter,
    private readonly sessions: ConsoleSessions,
    private readonly settings: NodeSettings,
  ) {
    adapter.publicPath = settings.publicPath;
    adapter.gate = (request, reply) => this.admit(request, reply);
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const admin = await this.sessions.adminOf(request.cookies[CONSOLE_COOKIE] ?? '');
    if (!admin && request.headers.accept?.includes('text/html'))
      return reply.redirect(`${this.settings.publicPath}/console`);
    if (!admin) return refuse(reply, new PostriderError('unauthorized', 'Sign in to the console first.'));
    if (!admin.scopes.has('admin'))
      return refuse(reply, new PostriderError('forbidden', 'The admin key has no scope `admin`. Use one that has it.'));
    if (isForeign(request))
      return refuse(reply, new PostriderError('forbidden', 'Only the board itself may change jobs. Use the console.'));
    return undefined;
  }
}

/**
 * Detects a change requested by another page: browsers also send our cookie from pages of the same
 * host with another port.
 */
const isForeign = ({ method, headers: { origin, host } }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;

const refuse = (reply: FastifyReply, error: PostriderError): FastifyReply =>
  reply.status(error.status).headers(problemHeaders(error)).send(problemOf(error));
