import type { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as afterPoll, setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** Interval between two checks of the open connections. */
const LOOK_MS = 10;
/** Consecutive checks without a request after which the remaining connections count as idle. */
const QUIET_LOOKS = 50;
/** Maximum wait for clients to leave, however busy their connections are. */
const MAX_LEAVE_MS = 3_000;

/**
 * Drains HTTP servers. Each answer asks its client, such as a proxy that keeps connections, to
 * leave the connection. The next connection is refused, so the client knows that its request was
 * not processed.
 */
export class HttpDrain {
  private leaving = false;
  private quietLooks = 0;

  constructor(
    fastify: FastifyInstance,
    private readonly servers: readonly HttpServer[],
  ) {
    fastify.addHook('onRequest', (_request, _reply, done) => {
      this.quietLooks = 0;
      done();
    });
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.leaving) reply.header('connection', 'close');
      done();
    });
  }

  /**
   * Refuses new connections from now on, and asks clients with each answer to leave their
   * connection.
   */
  refuse(): void {
    this.leaving = true;
    // Bypasses the close of the HTTP server, which would also cut connections that only look idle
    // while a request is on its way.
    for (const server of this.servers) if (server.listening) NetServer.prototype.close.call(server);
  }

  /**
   * Accepts no more connections, and resolves once the open ones have been left or the time is
   * over.
   */
  async end(): Promise<void> {
    // The poll phase accepts waiting connections; those still waiting when listening ends are cut.
    await afterPoll();
    this.refuse();
    const deadline = performance.now() + MAX_LEAVE_MS;
    // Counts checks instead of time: anything that arrived while the process was stalled is read
    // before the next check.
    for (this.quietLooks = 0; this.quietLooks < QUIET_LOOKS; this.quietLooks++) {
      if (performance.now() > deadline || (await this.openCount()) === 0) return;
      await pause(LOOK_MS);
      await afterPoll();
    }
  }

  private async openCount(): Promise<number> {
    const counts = this.servers.map((server) => promisify(server.getConnections.bind(server))());
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
}
