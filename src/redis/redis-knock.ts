import type { SecureContextOptions } from 'node:tls';
import { Redis } from 'ioredis';
import type { Credentials } from '../config/redis-url.js';
import { isReply } from './redis-reason.js';
import { keepErrorsHeard } from './socket-errors.js';

keepErrorsHeard();

const ANSWER_MS = 1_000;

export interface Door {
  readonly host: string;
  readonly port: number;
  readonly tls?: SecureContextOptions | undefined;
}

/**
 * Connects to one server once and asks it something, to learn the cause of a failure; connections
 * of a Cluster or by Sentinels only say that they were closed.
 * @returns the result of `ask`.
 * @throws Error the cause of the failed connection, or the error of Redis.
 */
export async function knock<T>({ host, port, tls }: Door, ask: (server: Redis) => Promise<T>): Promise<T> {
  const server = new Redis({
    host,
    port,
    ...(tls && { tls }),
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    disconnectTimeout: 100,
  });
  let cause: Error | undefined;
  server.on('error', (error: Error) => (cause = error));
  try {
    await server.connect();
    return await ask(server);
  } catch (error) {
    throw isReply(error) ? error : (cause ?? error);
  } finally {
    server.disconnect();
  }
}

/** @returns why the server refuses these credentials; undefined if it accepts them. */
export async function faultAt(door: Door, credentials: Credentials): Promise<Error | undefined> {
  try {
    await knock(door, async (server) => {
      if (credentials.password !== undefined) await authenticate(server, credentials);
      await server.ping();
    });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** @throws Error of Redis if it refuses the credentials. */
export async function authenticate(server: Redis, { username, password = '' }: Credentials): Promise<void> {
  await server.call('AUTH', ...(username ? [username] : []), password);
}
