import { Server as NetServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

const QUIET_MS = 100;
const MAX_MS = 1_000;

/**
 * The end of a server, request by request: whoever keeps connections to it, such as a proxy, is told with each answer to
 * keep that one no longer, and finds the next one refused, which says for certain that nothing was done.
 */
export class HttpDrain {
  private leaving = false;
  private askedAtMs = 0;

  constructor(private readonly fastify: FastifyInstance) {
    fastify.addHook('onRequest', (_request, reply, done) => {
      if (this.leaving) {
        this.askedAtMs = performance.now();
        reply.header('connection', 'close');
      }
      done();
    });
  }

  /** Takes no more connections, and resolves once those there are have fallen silent, after a second at most. */
  async end(): Promise<void> {
    // Right after the poll that accepts: whoever waits to be accepted when listening ends is cut.
    await new Promise((resolve) => setImmediate(resolve));
    const server: Server = this.fastify.server;
    this.leaving = true;
    if (!server.listening) return;
    // Not the close of an HTTP server, which also cuts connections that only seem idle: a request may be on its way.
    NetServer.prototype.close.call(server);
    const began = performance.now();
    this.askedAtMs = began;
    while (performance.now() - this.askedAtMs < QUIET_MS && performance.now() - began < MAX_MS) await pause();
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
