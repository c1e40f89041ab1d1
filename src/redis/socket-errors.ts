import type { Duplex } from 'node:stream';
import { AbstractConnector } from 'ioredis';

const SOCKET = Symbol('the socket of a connector');

interface Connector {
  [SOCKET]?: Duplex;
}

/**
 * Keeps an error listener on every socket of ioredis for as long as it lives. ioredis removes its
 * own after the first error, but a TLS socket may have two: its certificate is refused, then the
 * server reports the close. An unhandled error would end the process. All sockets, including those
 * to Sentinels, pass this setter.
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
