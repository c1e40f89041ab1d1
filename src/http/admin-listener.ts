import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Second port of the same application, for operators: it serves requests and upgrades like the
 * first port.
 */
export class AdminListener {
  readonly server: Server;
  private readonly requests = new WeakSet<IncomingMessage>();

  constructor(fastify: FastifyInstance, options: ServerOptions) {
    this.server = createServer(options, (request, response) => {
      this.requests.add(request);
      fastify.routing(request, response);
    });
    this.server.on('clientError', (error, socket) => fastify.server.emit('clientError', error, socket));
    this.server.on('upgrade', (request, socket, head) => {
      if (!fastify.server.emit('upgrade', request, socket, head)) socket.destroy();
    });
  }

  /** True if the request came in through this port. */
  has(request: IncomingMessage): boolean {
    return this.requests.has(request);
  }

  /** @throws Error if the port is taken. */
  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }
}
