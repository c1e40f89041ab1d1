import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { SocketSettings } from '../config/settings.js';
import { HttpAdapter } from '../http/http-adapter.js';
import { postriderErrorOf, problemHeaders, problemOf } from '../contract/problem.js';
import { HandshakeService } from './handshake.service.js';

/** Pages of every origin may read it, especially those that may not open a socket. */
const HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'no-store',
};

const OPEN = { config: { postrider: 'open' } } as const;

/**
 * Serves `GET /ws/why`: says whether this page may open a socket. Browsers hide the status of a
 * refused handshake, and even whether a server answered.
 */
@Injectable()
export class WhyRoute implements OnModuleInit {
  constructor(
    private readonly settings: SocketSettings,
    private readonly host: HttpAdapterHost,
    private readonly handshakes: HandshakeService,
  ) {}

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (!(httpAdapter instanceof HttpAdapter)) return;
    httpAdapter.getInstance().get(`${this.settings.wsPath}/why`, OPEN, (request, reply) => {
      void reply.headers(HEADERS);
      try {
        this.handshakes.requireWelcome(request.raw, request.headers.origin ?? askedFor(request));
        void reply.send({ allowed: true });
      } catch (thrown) {
        const error = postriderErrorOf(thrown);
        void reply.status(error.status).headers(problemHeaders(error)).send(problemOf(error));
      }
    });
  }
}

/** A browser sends no `Origin` to the page's own host, which a proxy may have renamed. */
function askedFor({ query }: FastifyRequest): string | undefined {
  const { origin } = query as { origin?: unknown };
  return typeof origin === 'string' ? origin : undefined;
}
