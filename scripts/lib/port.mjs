import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { SetupError } from './setup-error.mjs';

const FIRST = 20_000;
const LAST = 29_999;
const TRIES = 50;

/**
 * Free loopback port below the ephemeral range, so that a restarted server finds it free again, and
 * no client that dials it in the meantime gets it as its own source port.
 */
export async function freePort() {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new SetupError(`No free port between ${FIRST} and ${LAST}.`);
}

async function isFree(port) {
  try {
    await listenOnce(port, '127.0.0.1');
    return true;
  } catch {
    return false;
  }
}

/** @throws SetupError when the port cannot be listened on, telling why. */
export async function requirePort(port, host) {
  try {
    await listenOnce(port, host);
  } catch (error) {
    if (error.code === 'EADDRINUSE') {
      throw new SetupError(
        `Port ${port} is in use, perhaps by another Postrider. Choose another: PORT=${port + 1} npm start`,
      );
    }
    throw new SetupError(`Cannot listen on ${host} port ${port}: ${error.message}`);
  }
}

async function listenOnce(port, host) {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
