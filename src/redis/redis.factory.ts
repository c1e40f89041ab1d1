import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { Config } from '../config/config.js';
import { parseRedisUrl, type RedisTarget } from './redis.url.js';

export type RedisClient = Redis | Cluster;

/**
 * What a connection is for. `command` fails fast and never queues, so that a caller learns at once that Redis is away;
 * `worker` and `subscriber` wait for Redis to come back, for ever.
 */
export type RedisRole = 'command' | 'subscriber' | 'worker';

/** A hung primary is left only because of `socketTimeout`; blocking reads need more than their block time. */
const ROLE_OPTIONS: Record<RedisRole, RedisOptions> = {
  command: {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: 2500,
  },
  subscriber: { maxRetriesPerRequest: null },
  worker: { maxRetriesPerRequest: null, socketTimeout: 15_000 },
};

/** A server that does not answer QUIT must not hold a process that is ending. */
const QUIT_MS = 1_000;

/** Builds every connection to Redis; nothing else in the code base does. */
@Injectable()
export class RedisFactory implements OnApplicationShutdown {
  readonly target: RedisTarget;
  private readonly clients: RedisClient[] = [];
  private readonly logger = new Logger(RedisFactory.name);

  constructor(@Inject(Config) private readonly config: Config) {
    this.target = parseRedisUrl(config.redisUrl);
  }

  get isCluster(): boolean {
    return this.target.mode === 'cluster';
  }

  /**
   * Opens a connection and waits until it is ready.
   * @throws Error when Redis was not reachable within `BOOT_REDIS_WAIT_MS`.
   */
  async connect(name: string, role: RedisRole): Promise<RedisClient> {
    const client = this.build(name, role);
    this.clients.push(client);
    let lastError = '';
    client.on('error', (error: Error) => {
      if (error.message === lastError) return;
      lastError = error.message;
      this.logger.warn({ msg: 'Redis connection trouble', connection: name, error: error.message });
    });
    client.on('ready', () => {
      if (lastError) this.logger.log({ msg: 'Redis connection is back', connection: name });
      lastError = '';
    });
    await this.ready(client, name);
    return client;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.clients.map((client) => this.release(client)));
  }

  private async release(client: RedisClient): Promise<void> {
    if (client.status !== 'ready') return client.disconnect();
    const cut = setTimeout(() => client.disconnect(), QUIT_MS);
    await client.quit().catch(() => client.disconnect());
    clearTimeout(cut);
  }

  private build(name: string, role: RedisRole): RedisClient {
    const { mode, nodes, primary, auth } = this.target;
    const options: RedisOptions = {
      ...auth,
      ...ROLE_OPTIONS[role],
      connectionName: `postrider-${this.config.nodeId}-${name}`,
      connectTimeout: 2000,
      retryStrategy: (times) => Math.min(50 * times, 1000),
    };
    if (mode === 'cluster') {
      return new Cluster([...nodes], {
        redisOptions: options,
        enableOfflineQueue: role !== 'command',
        shardedSubscribers: role === 'subscriber',
        clusterRetryStrategy: (times) => Math.min(50 * times, 1000),
        slotsRefreshInterval: 5000,
      });
    }
    if (mode === 'sentinel') {
      return new Redis({ ...options, sentinels: [...nodes], name: primary ?? '', failoverDetector: true });
    }
    const [node] = nodes;
    return new Redis({ ...options, host: node?.host, port: node?.port });
  }

  private ready(client: RedisClient, name: string): Promise<void> {
    if (client.status === 'ready') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        client.disconnect();
        reject(new Error(`Redis was not reachable within ${this.config.bootRedisWaitMs} ms (connection ${name})`));
      }, this.config.bootRedisWaitMs);
      client.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
