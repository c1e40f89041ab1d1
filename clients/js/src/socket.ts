import type { SocketConstructor, Socket } from './options.js';

/** The version of the protocol that this client speaks. */
export const SUBPROTOCOL = 'postrider.v1';

/** What a socket tells of. */
export interface SocketEvents {
  opened(): unknown;
  message(text: string): unknown;
  closed(code: number, reason: string): unknown;
  /** There is a server, but not one that speaks this protocol. */
  foreign(reason: string): unknown;
}

/** Opens a socket and reads the ways in which platforms tell of failures. */
export function openSocket(Constructor: SocketConstructor, url: string, events: SocketEvents): Socket {
  const socket = new Constructor(url, SUBPROTOCOL);
  let failure = 'no server';
  socket.addEventListener('open', () => {
    if (socket.protocol === SUBPROTOCOL) events.opened();
    else events.foreign(`not ${SUBPROTOCOL}`);
  });
  socket.addEventListener('message', ({ data }) => events.message(String(data)));
  socket.addEventListener('error', ({ message }) => {
    failure = message || failure;
  });
  socket.addEventListener('close', ({ code = 1006, reason }) => {
    // Browsers keep to themselves why a handshake failed; where it is said, another protocol can be told from no server.
    if (/subprotocol/i.test(failure)) events.foreign(failure);
    else events.closed(code, reason || (code === 1006 ? failure : String(code)));
  });
  return socket;
}
