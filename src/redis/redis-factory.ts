import type { SecureContextOptions } from 'node:tls';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { Config } from '../config/config.js';
import type { Tally } from '../observability/counter-family.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { redisTlsOf } from './redis-tls.js';
import { parseRedisUrl, placeOf, type RedisTarget } from '../config/redis-url.js';
import { faultAt } from './redis-knock.js';
import { isMute, isReply, reasonOf } from './redis-reason.js';
import { RedisWait } from './redis-wait.js';
import { SentinelAccess } from './sentinel-access.js';

export type RedisClient = Redis | Cluster;

/**
 * Purpose of a connection. `command` fails fast and never queues, so that callers learn at once
 * that Redis is away. `worker`, `subscriber` and `blocking` wait for Redis forever.
 */
export type RedisRole = 'command' | 'subscriber' | 'worker' | 'blocking';

const ROLES = ['command', 'subscriber', 'worker', 'blocking'] as const;

const PATIENT: RedisOptions = { maxRetriesPerRequest: null };
const ANSWER_MS = 2_500;
/** Slightly more than the longest block of a BullMQ worker. */
const BLOCK_MS = 12_000;

/** A hung primary is only left because of `socketTimeout`, which runs while an answer is due. */
const ROLE_OPTIONS: Record<RedisRole, RedisOptions> = {
  command: {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: ANSWER_MS,
  },
  // The client would ignore a refusal.
  subscriber: { ...PATIENT, socketTimeout: ANSWER_MS, autoResubscribe: false },
  worker: { ...PATIENT, socketTimeout: ANSWER_MS },
  blocking: { ...PATIENT, socketTimeout: BLOCK_MS },
};

/** Maximum time for a new connection to become ready: several round trips. */
const HANDSHAKE_MS = 1_500;
/**
 * Interval of pings on idle connections, so that a dead one is left before it is needed; a
 * subscriber never sends anything by itself.
 */
const PING_MS = 1_000;
/**
 * Maximum wait between reconnects. A longer one would extend the time without a primary after a
 * failover.
 */
const MAX_RETRY_MS = 250;

/** A server that does not answer QUIT must not delay the shutdown. */
const QUIT_MS = 1_000;

/** Builds every connection to Redis. */
@Injectable()
export class RedisFactory implements OnApplicationShutdown {
  readonly target: RedisTarget;
  private readonly tls?: SecureContextOptions;
  private readonly clients = new Map<RedisClient, RedisRole>();
  private readonly pings: NodeJS.Timeout;
  private knocking?: Promise<Error | undefined> | undefined;
  private readonly reconnects: ReadonlyMap<RedisRole, Tally>;
  private readonly wait: RedisWait;
  /** Own words of Redis or a Sentinel for each connection that it refuses. */
  private readonly refused = new Map<RedisClient, string>();
  private readonly sentinels?: SentinelAccess;
  private readonly logger = new EventLogger(RedisFactory.name);

  constructor(
    private readonly config: Config,
    metrics: Metrics,
  ) {
    this.target = parseRedisUrl(config.redisUrl);
    if (this.target.auth.tls) this.tls = redisTlsOf(config);
    const place = placeOf(this.target);
    this.wait = new RedisWait(place, config.bootRedisWaitMs, (error) =>
      this.logger.event('redis_awaited', { address: place, error }),
    );
    if (this.target.mode === 'sentinel') {
      const isWaiting = (): boolean => this.wait.isOn;
      this.sentinels = new SentinelAccess(this.target, this.tls, isWaiting, (error) => this.wait.learn(error));
    }
    const all = (): Record<RedisRole, number> => this.count(() => true);
    const ready = (): Record<RedisRole, number> => this.count(({ status }) => status === 'ready');
    metrics.sampledBy('role', 'redis_connections', 'Connections to Redis', all);
    metrics.sampledBy('role', 'redis_connections_ready', 'Connections to Redis that are ready', ready);
    const reconnects = metrics.family('redis_reconnects_total', 'Reconnects to Redis', ['role']);
    this.reconnects = new Map(ROLES.map((role) => [role, reconnects.child({ role })]));
    this.pings = setInterval(() => this.ping(), PING_MS).unref();
  }

  /** Problems of the Sentinels, for people; empty if there are none. */
  get sentinelTrouble(): string {
    return this.sentinels?.trouble ?? '';
  }

  /** Own words of Redis when it refuses a connection; empty if it accepts all or is away. */
  get refusal(): string {
    return this.refused.values().next().value ?? '';
  }

  get isCluster(): boolean {
    return this.target.mode === 'cluster';
  }

  /**
   * Opens a connection and waits until it is ready.
   * @throws StartError if Redis was not reachable within `BOOT_REDIS_WAIT_MS`.
   */
  async connect(name: string, role: RedisRole): Promise<RedisClient> {
    const client = this.open(name, role);
    await this.wait.for(client);
    return client;
  }

  /** Opens a connection that becomes ready later. */
  open(name: string, role: RedisRole): RedisClient {
    const client = this.build(name, role);
    this.clients.set(client, role);
    let isTold = false;
    client.on('error', (thrown: Error) => {
      if (isRefusedSelect(thrown)) this.refuseDatabase(client, thrown);
      if (this.wait.isOn) return void this.learn(thrown);
      // One outage has many errors, one for each attempt, alternating between Redis and the
      // Sentinels.
      void this.tellLost(client, isTold ? undefined : name, thrown);
      isTold = true;
    });
    if (client instanceof Redis) this.limitHandshake(client);
    let wasReady = false;
    client.on('ready', () => {
      if (wasReady) this.reconnects.get(role)?.inc();
      wasReady = true;
      this.refused.delete(client);
      if (isTold) this.logger.event('redis_back', { connection: name });
      isTold = false;
    });
    return client;
  }

  /** Closes a connection; pending commands may get no answer. */
  close(client: RedisClient): void {
    this.clients.delete(client);
    this.refused.delete(client);
    this.sentinels?.unfollow(client.options);
    client.disconnect();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.pings);
    this.sentinels?.close();
    await Promise.all([...this.clients.keys()].map((client) => this.release(client)));
  }

  /** The client would continue in database 0, among data of others. */
  private refuseDatabase(client: RedisClient, error: Error): void {
    (client as Redis).disconnect(true);
    const { db = 0 } = this.target.auth;
    this.wait.giveUp(`Redis at ${placeOf(this.target)} refuses database ${db} of REDIS_URL: ${error.message}`);
  }

  private async learn(thrown: Error): Promise<void> {
    this.wait.learn(await this.causeOf(thrown));
  }

  /** @param connection name of the connection if this is the first error of an outage. */
  private async tellLost(client: RedisClient, connection: string | undefined, thrown: Error): Promise<void> {
    const { text, isAnswer } = reasonOf(await this.causeOf(thrown));
    if (isAnswer && client.status !== 'ready' && this.clients.has(client)) this.refused.set(client, text);
    if (connection !== undefined) this.logger.event('redis_lost', { connection, error: text });
  }

  /**
   * Finds the cause, since errors of a Cluster or of Sentinels may only say that the connection was
   * closed.
   */
  private async causeOf(thrown: Error): Promise<Error> {
    const { mode, nodes, auth } = this.target;
    const [node] = nodes;
    if (mode === 'standalone' || !node || !isMute(thrown)) return thrown;
    if (this.sentinels) return new Error(this.sentinels.trouble || reasonOf(thrown).text);
    this.knocking ??= faultAt({ ...node, tls: this.tls }, auth).finally(() => (this.knocking = undefined));
    return (await this.knocking) ?? thrown;
  }

  /**
   * Limits the time until ready: a hung primary accepts connections silently, while Sentinel may
   * already know a new one.
   */
  private limitHandshake(client: Redis): void {
    let timer: NodeJS.Timeout | undefined;
    client.on('connect', () => {
      timer = setTimeout(() => client.disconnect(true), HANDSHAKE_MS);
    });
    for (const event of ['ready', 'close']) client.on(event, () => clearTimeout(timer));
  }

  private count(which: (client: RedisClient) => boolean): Record<RedisRole, number> {
    const counts = { command: 0, subscriber: 0, worker: 0, blocking: 0 };
    for (const [client, role] of this.clients) if (which(client)) counts[role]++;
    return counts;
  }

  private ping(): void {
    for (const [client, role] of this.clients) {
      // A blocking connection always has an answer due; a Cluster connects to its nodes on demand.
      if (role === 'blocking' || client instanceof Cluster || client.status !== 'ready') continue;
      client.ping().catch(() => undefined);
    }
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
      ...(this.tls && { tls: this.tls }),
      ...ROLE_OPTIONS[role],
      connectionName: `postrider-${this.config.nodeId}-${name}`,
      connectTimeout: 2_000,
      // A server that hangs never ends its side of the connection.
      disconnectTimeout: 100,
      keepAlive: 5_000,
      retryStrategy,
      // Leaves a former primary that has become a replica.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    };
    if (mode === 'cluster') {
      return new Cluster([...nodes], {
        redisOptions: options,
        enableOfflineQueue: role !== 'command',
        shardedSubscribers: role === 'subscriber',
        clusterRetryStrategy: retryStrategy,
        // Keeps host names, because certificates are issued for them and their addresses may
        // change.
        dnsLookup: (name, callback) => callback(null, name),
        slotsRefreshInterval: role === 'subscriber' ? 1_000 : 5_000,
      });
    }
    if (mode === 'sentinel') {
      // No `failoverDetector`: its lost connection ends a client forever if it hears of the
      // failover during a reconnect. Sentinel itself disconnects the clients of a demoted primary.
      const client = new Redis({
        ...options,
        sentinels: [...nodes],
        name: primary ?? '',
        sentinelCommandTimeout: 1_000,
        ...(this.tls && { enableTLSForSentinelMode: true, sentinelTLS: this.tls }),
      });
      // Updated whenever the Sentinels are asked again.
      this.sentinels?.follow(client.options);
      return client;
    }
    const [node] = nodes;
    return new Redis({ ...options, host: node?.host, port: node?.port });
  }
}

/** True if Redis itself refuses the database, as opposed to a broken connection. */
const isRefusedSelect = (error: Error): boolean =>
  isReply(error) && 'command' in error && (error.command as { name?: string }).name === 'select';

function retryStrategy(times: number): number {
  return Math.min(50 * times, MAX_RETRY_MS);
}
