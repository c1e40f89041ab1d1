import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_COOKIE, ConsoleSessions } from '../auth/console.sessions.js';
import { PostriderError } from '../errors/postrider.error.js';
import { problemHeaders, problemOf } from '../http/problem.js';
import { QueueStats } from '../queue/queue.stats.js';
import { BoardAdapter } from './board.adapter.js';

const BASE = '/console/queues';

/** Its page brings styles of its own; it gets nothing from elsewhere. */
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** BullMQ's own board at `/console/queues`, for who is signed in to the console. */
@Injectable()
export class QueueBoard implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly sessions: ConsoleSessions,
    private readonly stats: QueueStats,
  ) {}

  onModuleInit(): void {
    const board = new BoardAdapter(BASE);
    const queues = this.stats.queues.map((queue) => new BullMQAdapter(queue));
    const uiConfig = { boardTitle: 'Postrider queues' };
    createBullBoard({ queues, serverAdapter: board, options: { uiConfig } });
    void this.host.httpAdapter.getInstance().register(
      (scope, _options, done) => {
        scope.addHook('onRequest', (request, reply) => this.admit(request, reply));
        scope.addHook('onSend', async (_request, reply) => void reply.headers(HEADERS));
        board.mount(scope);
        done();
      },
      { prefix: BASE },
    );
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const admin = await this.sessions.adminOf(request.cookies[CONSOLE_COOKIE] ?? '');
    if (!admin && request.headers.accept?.includes('text/html')) return reply.redirect('/console');
    if (!admin) return refuse(reply, new PostriderError('unauthorized', 'Sign in to the console first.'));
    if (isForeign(request)) return refuse(reply, new PostriderError('forbidden', 'Only the board itself may do that.'));
    return undefined;
  }
}

/**
 * Whether another page asks to change something. Of hosts that share their name with ours, but not their port, a browser
 * sends our cookie along.
 */
const isForeign = ({ method, headers: { origin, host } }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;

const refuse = (reply: FastifyReply, error: PostriderError): FastifyReply =>
  reply.status(error.status).headers(problemHeaders(error)).send(problemOf(error));
