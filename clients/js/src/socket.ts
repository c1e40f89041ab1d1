import type { PostriderError } from './errors.js';
import type { SocketConstructor, Socket } from './options.js';
import { watchRefusal } from './refusal.js';

/** The version of the protocol that this client speaks. */
export const SUBPROTOCOL = 'postrider.v1';

/** Events in the life of a socket. */
export interface SocketEvents {
  opened(): unknown;
  message(text: string): unknown;
  /** The server has refused the handshake; the end follows. */
  refused(error: PostriderError): unknown;
  /** @param unexplained the handshake failed, and the platform does not tell why. */
  closed(code: number, reason: string, unexplained: boolean): unknown;
  /** There is a server, but not one that speaks this protocol. */
  foreign(reason: string): unknown;
}

/** Opens a socket and reads the ways in which platforms tell of failures. */
export function openSocket(Constructor: SocketConstructor, url: string, events: SocketEvents): Socket {
  const socket = new Constructor(url, SUBPROTOCOL);
  let unexplained = !watchRefusal(url, socket, (error) => events.refused(error));
  let failure = 'no answer';
  socket.addEventListener('open', () => {
    unexplained = false;
    failure = 'the connection was cut';
    if (socket.protocol === SUBPROTOCOL) events.opened();
    else events.foreign(`the server does not speak ${SUBPROTOCOL}`);
  });
  socket.addEventListener('message', ({ data }) => events.message(String(data)));
  socket.addEventListener('error', ({ message }) => {
    failure = message || failure;
  });
  socket.addEventListener('close', ({ code = 1006, reason }) => {
    // Where the platform says so, another protocol can be told from no server.
    if (/subprotocol/i.test(failure)) events.foreign(failure);
    else
      events.closed(code, reason || (code === 1006 ? `${url.split('?')[0]}: ${failure}` : String(code)), unexplained);
  });
  return socket;
}
