import type { PostriderError } from './errors.js';
import { explain } from './explain.js';
import type { Socket, SocketConstructor, SocketEvent } from './options.js';
import type { NodeResponse } from './refusal.js';

/** Version of the protocol that this client speaks. */
export const SUBPROTOCOL = 'postrider.v1';

/** Listener to the life of a socket. */
export interface SocketEvents {
  opened(): unknown;
  message(text: string): unknown;
  /** The server refused the handshake; `closed` follows. */
  refused(error: PostriderError): unknown;
  /** @param unexplained true if the handshake failed and the platform does not say why. */
  closed(code: number, reason: string, unexplained: boolean): unknown;
  /** The server speaks another protocol. */
  foreign(reason: string): unknown;
}

/** Socket of `ws` in Node, which says why a handshake failed. */
interface NodeSocket extends Socket {
  on?(event: 'unexpected-response', listener: (request: unknown, response: NodeResponse) => void): void;
  terminate?(): void;
}

/**
 * Opens a socket and unifies how platforms report failures.
 * @param isCurrent false once the socket's events no longer matter.
 */
export function openSocket(
  Constructor: SocketConstructor,
  url: string,
  timeoutMs: number,
  isCurrent: () => boolean,
  events: SocketEvents,
): Socket {
  const socket: NodeSocket = new Constructor(url, SUBPROTOCOL);
  let unexplained = !socket.on;
  let failure = 'no answer';
  const on = (event: Parameters<Socket['addEventListener']>[0], listener: (event: SocketEvent) => void): void =>
    socket.addEventListener(event, (data) => {
      if (isCurrent()) listener(data);
    });
  socket.on?.('unexpected-response', async (_, response) => {
    const error = await explain(url, timeoutMs, response);
    if (error && isCurrent()) events.refused(error);
    socket.terminate?.();
  });
  on('open', () => {
    unexplained = false;
    failure = 'the connection ended';
    if (socket.protocol === SUBPROTOCOL) events.opened();
    else events.foreign(`the server does not speak ${SUBPROTOCOL}`);
  });
  on('message', ({ data }) => events.message(String(data)));
  on('error', ({ message }) => {
    failure = message || failure;
  });
  on('close', ({ code = 1006, reason }) => {
    const told = code === 1006 ? `${url.split('?')[0]}: ${failure}` : String(code);
    // Some platforms distinguish another protocol from no server.
    if (/subprotocol/i.test(failure)) events.foreign(failure);
    else events.closed(code, reason || told, unexplained);
  });
  return socket;
}
