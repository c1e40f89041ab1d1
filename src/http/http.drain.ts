import { Server as NetServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** How long clients have to leave their connections, which each answer asks them to. */
const LEAVE_MS = 500;

/**
 * The end of a server, request by request: whoever keeps connections to it, such as a proxy, is told with each answer to
 * keep that one no longer, and finds the next one refused, which says for certain that nothing was done.
 */
export class HttpDrain {
  private leaving = false;

  constructor(private readonly fastify: FastifyInstance) {
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.leaving) reply.header('connection', 'close');
      done();
    });
  }

  /** Takes no more connections, and resolves once those there are have been left, or their time is over. */
  async end(): Promise<void> {
    // Right after the poll that accepts: whoever waits to be accepted when listening ends is cut.
    await new Promise((resolve) => setImmediate(resolve));
    const server: Server = this.fastify.server;
    // First of all: whoever is told to leave must not come back here. Not by the close of an HTTP server, which also cuts
    // connections that only seem idle, as a request may be on its way.
    if (server.listening) NetServer.prototype.close.call(server);
    this.leaving = true;
    const openCount = promisify(server.getConnections.bind(server));
    const deadline = performance.now() + LEAVE_MS;
    while (performance.now() < deadline && (await openCount()) > 0) await pause(10);
  }
}
