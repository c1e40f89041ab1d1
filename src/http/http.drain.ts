import type { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** How long clients have to leave their connections, which each answer asks them to. */
const LEAVE_MS = 500;

/**
 * The end of the servers, request by request: whoever keeps connections to them, such as a proxy, is told with each answer to
 * keep that one no longer, and finds the next one refused, which says for certain that nothing was done.
 */
export class HttpDrain {
  private leaving = false;

  constructor(
    fastify: FastifyInstance,
    private readonly servers: readonly HttpServer[],
  ) {
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.leaving) reply.header('connection', 'close');
      done();
    });
  }

  /** From now on new connections are refused; those there are stay. */
  refuse(): void {
    // Not by the close of an HTTP server, which also cuts connections that only seem idle, as a request may be on its way.
    for (const server of this.servers) if (server.listening) NetServer.prototype.close.call(server);
  }

  /** Takes no more connections, and resolves once those there are have been left, or their time is over. */
  async end(): Promise<void> {
    // Right after the poll that accepts: whoever waits to be accepted when listening ends is cut.
    await new Promise((resolve) => setImmediate(resolve));
    // First of all: whoever is told to leave must not come back here.
    this.refuse();
    this.leaving = true;
    const deadline = performance.now() + LEAVE_MS;
    while (performance.now() < deadline && (await this.openCount()) > 0) await pause(10);
  }

  private async openCount(): Promise<number> {
    const counts = this.servers.map((server) => promisify(server.getConnections.bind(server))());
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
}
