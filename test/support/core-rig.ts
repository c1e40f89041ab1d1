import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Config } from '../../src/config/config.js';
import { Metrics } from '../../src/observability/metrics.js';
import { RedisBus } from '../../src/redis/redis-bus.js';
import { RedisClock } from '../../src/clock/redis-clock.js';
import { RedisFactory } from '../../src/redis/redis-factory.js';
import { RedisInfo } from '../../src/redis/redis-info.js';
import { RedisRefusals } from '../../src/redis/redis-refusals.js';
import { RedisLanes } from '../../src/redis/redis-lanes.js';
import { NodeLease } from '../../src/session/node-lease.js';
import { SessionService } from '../../src/session/session.service.js';
import { SessionStore } from '../../src/session/session-store.js';
import { SessionExpiry } from '../../src/session/session-expiry.js';
import { BooksService } from '../../src/topic/books.service.js';
import { DeadLetterStore } from '../../src/topic/dead-letter-store.js';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { newId } from '../../src/contract/notification-id.js';
import { ReceiptsService } from '../../src/topic/receipts.service.js';
import type { AckOutcome } from '../../src/topic/ack-status.js';
import { type Landmark, TopicAcks } from '../../src/topic/topic-acks.js';
import { TopicAlarms } from '../../src/topic/topic-alarms.js';
import { TopicEndings } from '../../src/topic/topic-endings.js';
import { TopicHints } from '../../src/topic/topic-hints.js';
import { TopicLog } from '../../src/topic/topic-log.js';
import type { Append } from '../../src/topic/log-scripts.js';
import { TopicMembers } from '../../src/topic/topic-members.js';
import { TopicNamespaces } from '../../src/topic/topic-namespaces.js';
import { TopicVitals } from '../../src/topic/topic-vitals.js';
import { RedisRig } from './redis-rig.js';

// Without an application, Nest would print every log line.
Logger.overrideLogger(false);

export interface CoreOptions {
  /** Settings in addition to the rig's own. */
  env?: Readonly<Record<string, string>>;
  /** Redis to use. Default: the test run's, or a new one. */
  redis?: RedisRig;
}

/** Ack of one session. */
export interface OneAck {
  name: string;
  session: string;
  upTo?: number;
  offsets?: readonly number[];
  /** Offset up to which the session knows the gaps. Default: all. */
  settled?: number;
  epoch?: string;
  landmark?: Landmark;
}

/** Classes between Redis and the edges, wired by hand, under their own key prefix. */
export class CoreRig {
  readonly metrics = new Metrics();
  readonly namespaces: TopicNamespaces;
  readonly hints: TopicHints;
  readonly log: TopicLog;
  readonly members: TopicMembers;
  readonly acks: TopicAcks;
  readonly alarms: TopicAlarms;
  readonly receipts: ReceiptsService;
  readonly books: BooksService;
  readonly letters: DeadLetterStore;
  readonly store: SessionStore;
  readonly vitals: TopicVitals;
  readonly info: RedisInfo;

  private constructor(
    readonly config: Config,
    private readonly factory: RedisFactory,
    readonly clock: RedisClock,
    readonly lanes: RedisLanes,
    readonly bus: RedisBus,
    private readonly own: RedisRig | undefined,
  ) {
    this.hints = new TopicHints(bus);
    this.namespaces = new TopicNamespaces(config);
    const endings = new TopicEndings(this.hints, this.metrics);
    this.log = new TopicLog(config, lanes, this.namespaces, this.hints, endings);
    this.members = new TopicMembers(config, lanes, endings);
    this.acks = new TopicAcks(config, lanes, endings, this.metrics);
    this.alarms = new TopicAlarms(config, lanes, this.hints, endings);
    this.receipts = new ReceiptsService(lanes);
    this.books = new BooksService(lanes);
    this.letters = new DeadLetterStore(lanes);
    this.store = new SessionStore(config, lanes);
    this.info = new RedisInfo(factory, lanes);
    this.vitals = new TopicVitals(config, lanes, clock);
  }

  static async start({ env = {}, redis }: CoreOptions = {}): Promise<CoreRig> {
    const shared = redis?.url ?? process.env['TEST_REDIS_URL'];
    const own = shared === undefined ? await RedisRig.start() : undefined;
    const config = Config.from({
      NODE_ENV: 'test',
      REDIS_URL: shared ?? own?.url,
      API_KEYS: 'main:test:key-of-the-core-rig',
      JWT_SECRET: 'a-secret-of-at-least-16',
      KEY_PREFIX: `core-${randomBytes(6).toString('hex')}`,
      ...env,
    });
    const metrics = new Metrics();
    const factory = new RedisFactory(config, metrics);
    const clock = new RedisClock();
    const refusals = new RedisRefusals(metrics);
    const lanes = await RedisLanes.connect(config, factory, clock, metrics, refusals);
    const subscriber = await factory.connect('subscriber', 'subscriber');
    const bus = new RedisBus(config.keyPrefix, lanes.client, subscriber, refusals);
    return new CoreRig(config, factory, clock, lanes, bus, own);
  }

  /** Creates the parts of one node: a lease, and the sessions it holds. */
  node(): { lease: NodeLease; sessions: SessionService; sweep: SessionExpiry } {
    const lease = new NodeLease(this.config, this.lanes);
    const sessions = new SessionService(this.store, this.members, this.hints, lease);
    return { lease, sessions, sweep: new SessionExpiry(this.store, sessions, lease) };
  }

  /** Connection to the data, to inspect keys and to send commands beside the code. */
  get redis(): Redis {
    return this.lanes.client as Redis;
  }

  /** Creates a notification for a topic with the policy `any` and a lifetime of an hour. */
  notification(name: string, given: Partial<Append> = {}): Append {
    const now = this.clock.now();
    const id = newId('s', partitionOf(name), now);
    return {
      id,
      policy: 'any',
      atMs: now,
      expiresAtMs: now + 3_600_000,
      ackWaitMs: 30_000,
      maxAttempts: 5,
      body: '"type":"order.shipped","data":{}',
      ...given,
    };
  }

  /** Returns the time of a topic's alarm, by Redis's clock. */
  async alarmOf(name: string): Promise<number> {
    const prefix = partitionPrefix(this.config.keyPrefix, partitionOf(name));
    return Number(await this.redis.zscore(`${prefix}alarms`, `t:${name}`));
  }

  /** Sends one ack and returns its outcome. */
  async ack({
    session,
    upTo,
    offsets = [],
    settled = Number.MAX_SAFE_INTEGER,
    epoch = '',
    ...topic
  }: OneAck): Promise<AckOutcome> {
    const given = { offsets: new Set(offsets), settled, ...(upTo !== undefined && { upTo }) };
    const sessions = new Map([[session, given]]);
    const [outcomes] = await this.acks.ack([{ ...topic, partition: partitionOf(topic.name), epoch, sessions }]);
    return outcomes?.get(0) ?? 'stored';
  }

  async close(): Promise<void> {
    this.lanes.onModuleDestroy();
    await this.factory.onApplicationShutdown();
    await this.own?.stop();
  }
}
