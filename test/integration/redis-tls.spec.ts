import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Config } from '../../src/config/config.js';
import { Metrics } from '../../src/observability/metrics.js';
import { RedisFactory } from '../../src/redis/redis-factory.js';
import { Certificates, type Issued } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { RedisRig } from '../support/redis-rig.js';

const NAMES = 'DNS:localhost,IP:127.0.0.1';

let own: Certificates;
let others: Certificates;
let client: Issued;
const started: RedisRig[] = [];
const factories: RedisFactory[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  [own, others] = await Promise.all([Certificates.make(), Certificates.make()]);
  client = await own.issue('client', 'DNS:client');
});

afterEach(async () => {
  await Promise.all(factories.splice(0).map((factory) => factory.onApplicationShutdown()));
});

afterAll(async () => {
  await Promise.all(started.map((redis) => redis.stop()));
  await Promise.all([own, others].map((certificates) => certificates?.remove()));
});

/** Starts a Redis with TLS on a second port. @returns that port. */
async function startTls(names: string, asksClients: 'yes' | 'no'): Promise<number> {
  const port = await freePort();
  const { cert, key } = await own.issue(`server-${port}`, names);
  const tls = { port, 'cert-file': cert, 'key-file': key, 'ca-cert-file': own.ca, 'auth-clients': asksClients };
  const args = Object.entries(tls).flatMap(([name, value]) => [`--tls-${name}`, String(value)]);
  started.push(await RedisRig.start({ args }));
  return port;
}

/** Connects and sends PING. @returns the answer, or the first error of the connection. */
async function pinged(url: string, env: Record<string, string>): Promise<string> {
  const secrets = { API_KEYS: 'main:test:key', JWT_SECRET: 'a-secret-of-at-least-16', BOOT_REDIS_WAIT_MS: '4000' };
  const factory = new RedisFactory(
    Config.from({ NODE_ENV: 'test', REDIS_URL: url, ...secrets, ...env }),
    new Metrics(),
  );
  factories.push(factory);
  const seen: string[] = [];
  const opened = factory.open('tls', 'subscriber');
  opened.on('error', (error: Error) => seen.push(error.message));
  const connection = await factory.connect('probe', 'command').catch(() => undefined);
  return connection ? connection.ping() : (seen[0] ?? 'no reason');
}

describe('a connection to Redis by TLS', () => {
  let named: number;
  let misnamed: number;
  let asking: number;
  beforeAll(async () => {
    named = await startTls(NAMES, 'no');
    misnamed = await startTls('DNS:redis.example', 'no');
    asking = await startTls(NAMES, 'yes');
  });

  const trusting = (): Record<string, string> => ({ REDIS_TLS_CA_FILE: own.ca });

  it.each<[string, () => [string, Record<string, string>], RegExp]>([
    ['works with its CA', () => [`rediss://127.0.0.1:${named}`, trusting()], /^PONG$/],
    ['works by name', () => [`rediss://localhost:${named}`, trusting()], /^PONG$/],
    ['works with a client certificate', () => [`rediss://127.0.0.1:${asking}`, withClient()], /^PONG$/],
    ['needs a CA that is known', () => [`rediss://127.0.0.1:${named}`, {}], /self-signed certificate/],
    [
      'does not believe another CA',
      () => [`rediss://127.0.0.1:${named}`, { REDIS_TLS_CA_FILE: others.ca }],
      /certificate/,
    ],
    [
      'needs the certificate of that host',
      () => [`rediss://127.0.0.1:${misnamed}`, trusting()],
      /IP: 127\.0\.0\.1 is not in/,
    ],
    ['needs the client certificate that is asked for', () => [`rediss://127.0.0.1:${asking}`, trusting()], /./],
    ['is not made without TLS', () => [`redis://127.0.0.1:${named}`, trusting()], /./],
  ])('%s', async (_, given, answer) => {
    const result = await pinged(...given());
    expect(result).toMatch(answer);
    if (!answer.test('PONG')) expect(result).not.toBe('PONG');
  });

  const withClient = (): Record<string, string> => ({
    ...trusting(),
    REDIS_TLS_CERT_FILE: client.cert,
    REDIS_TLS_KEY_FILE: client.key,
  });

  it('ends no process if it is given up while refused, although its socket has two errors', async () => {
    const url = `rediss://127.0.0.1:${misnamed}`;
    const secrets = { API_KEYS: 'main:test:key', JWT_SECRET: 'a-secret-of-at-least-16' };
    const factory = new RedisFactory(Config.from({ REDIS_URL: url, ...secrets, ...trusting() }), new Metrics());
    factories.push(factory);
    const ended = Array.from({ length: 40 }, async (_, index) => {
      const client = factory.open(`given-up-${index}`, 'subscriber');
      await new Promise((resolve) => setImmediate(resolve));
      const end = new Promise<void>((resolve) => client.once('end', resolve));
      factory.close(client);
      await end;
    });
    expect(await Promise.all(ended)).toHaveLength(40);
  });

  it('is not tried if a file is missing', () => {
    const secrets = { API_KEYS: 'main:test:key', JWT_SECRET: 'a-secret-of-at-least-16' };
    const config = Config.from({ REDIS_URL: 'rediss://h', REDIS_TLS_CA_FILE: '/none/ca.pem', ...secrets });
    expect(() => new RedisFactory(config, new Metrics())).toThrow('/none/ca.pem');
  });
});
