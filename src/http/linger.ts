import type { IncomingMessage } from 'node:http';

/** Silence after which the sender has stopped. */
const QUIET_MS = 50;
const MOST_MS = 1_000;

/**
 * Calls `done` once the rest of a refused body has arrived, at the latest after a second. Closing
 * earlier would reset the connection, and the sender might never see the answer (RFC 9112 §9.6).
 */
export function linger(request: IncomingMessage, done: () => void): void {
  let quiet = setTimeout(stop, QUIET_MS);
  const last = setTimeout(stop, MOST_MS);
  const wait = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(stop, QUIET_MS);
  };
  function stop(): void {
    clearTimeout(quiet);
    clearTimeout(last);
    request.off('data', wait).off('close', stop);
    request.resume();
    done();
  }
  request.on('data', wait).once('close', stop).resume();
}
