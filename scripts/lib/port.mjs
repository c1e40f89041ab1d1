import { once } from 'node:events';
import { createServer } from 'node:net';
import { SetupError } from './setup.error.mjs';

/** A loopback port that nobody listened on a moment ago. */
export async function freePort() {
  return listenOnce(0, '127.0.0.1');
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
  const bound = server.address().port;
  server.close();
  await once(server, 'close');
  return bound;
}
