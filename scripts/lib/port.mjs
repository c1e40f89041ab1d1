import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf, messageOf, SetupError } from './setup-error.mjs';

const FIRST = 20_000;
const LAST = 29_999;
const TRIES = 50;

/**
 * Finds a loopback port that nobody listens on. It is below the ephemeral range, so that a killed
 * server finds its port free again: no client that connects in the meantime can get that port as
 * its own.
 */
export async function freePort() {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new SetupError(`No free port between ${FIRST} and ${LAST}.`);
}

/** @param {number} port */
async function isFree(port) {
  try {
    await listenOnce(port, '127.0.0.1');
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {number} port
 * @param {string} host
 * @throws {SetupError} if the server cannot listen on the port
 */
export async function requirePort(port, host) {
  try {
    await listenOnce(port, host);
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') {
      throw new SetupError(
        `Port ${port} is in use, perhaps by another Postrider. Choose another: PORT=${port + 1} npm start`,
      );
    }
    throw new SetupError(`Cannot listen on ${host} port ${port}: ${messageOf(error)}`);
  }
}

/** @param {number} port @param {string} host */
async function listenOnce(port, host) {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
