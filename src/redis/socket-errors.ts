import type { Duplex } from 'node:stream';
import { AbstractConnector } from 'ioredis';

const SOCKET = Symbol('the socket of a connector');

interface Connector {
  [SOCKET]?: Duplex;
}

/**
 * Has every socket of ioredis listened to for as long as it lives. ioredis itself listens for its first error only, and a TLS
 * socket may have two: it is refused for its certificate, and then hears what the server says of its end. An error that nobody
 * listens for ends the process. The setter is the one place that all sockets pass, those to Sentinels too.
 */
export function keepErrorsHeard(): void {
  if (Object.hasOwn(AbstractConnector.prototype, 'stream')) return;
  Object.defineProperty(AbstractConnector.prototype, 'stream', {
    get(this: Connector) {
      return this[SOCKET];
    },
    set(this: Connector, socket: Duplex) {
      socket.on('error', () => undefined);
      this[SOCKET] = socket;
    },
  });
}
