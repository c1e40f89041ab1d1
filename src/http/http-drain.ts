import type { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as afterPoll, setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** Interval between two looks at the open connections. */
const LOOK_MS = 10;
/** Looks in a row without a request after which the remaining connections count as idle. */
const QUIET_LOOKS = 50;
/** Longest wait for clients to leave, however busy their connections are. */
const MAX_LEAVE_MS = 3_000;

/**
 * Drains HTTP servers. Each answer asks its client, such as a proxy that keeps connections, to leave the connection. The next
 * one is refused, so the client knows for certain that nothing was done.
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

  /** From now on new connections are refused, and each answer asks its client to leave the connection it has. */
  refuse(): void {
    this.leaving = true;
    // Not by the close of an HTTP server, which also cuts connections that only seem idle, as a request may be on its way.
    for (const server of this.servers) if (server.listening) NetServer.prototype.close.call(server);
  }

  /** Takes no more connections, and resolves once those there are have been left, or their time is over. */
  async end(): Promise<void> {
    // The poll accepts connections that wait: those that still do when listening ends are cut.
    await afterPoll();
    this.refuse();
    const deadline = performance.now() + MAX_LEAVE_MS;
    // Looks are counted, not time: what came while this process had no processor is read before the next of them.
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
