import { Inject, Injectable } from '@nestjs/common';
import type { Publisher } from '../auth/api-key.registry.js';
import { Config } from '../config/config.js';
import { type ErrorCode, PostriderError } from '../errors/postrider.error.js';
import { problemOf, postriderErrorOf } from '../http/problem.js';
import { JsonText } from '../json/json.text.js';
import { EventLog } from '../observability/event.log.js';
import type { Times } from '../observability/histogram.family.js';
import { Metrics } from '../observability/metrics.js';
import { type SpanAttributes, type TraceContext, Tracing } from '../observability/tracing.js';
import { ReleaseQueue } from '../queue/release.queue.js';
import { partitionOf } from '../redis/partition.js';
import { RedisClock } from '../redis/redis.clock.js';
import { newId } from '../topic/notification.id.js';
import { qualified } from '../topic/topic.namespaces.js';
import { Admission } from './admission.js';
import type { Accepted, BatchResult } from './answer.schema.js';
import { Committer } from './committer.service.js';
import { DeliveryHooks, NoDeliveryHooks } from './delivery-hooks.port.js';
import type { Draft } from './notification.draft.js';
import { type NotificationBody, plain, requireDate } from './notification.schema.js';
import { NotificationStore } from './notification.store.js';
import { RecipientResolver } from './recipient-resolver.port.js';
import { unsure } from './unsure.js';
import { msOfInstant } from '../http/instant.schema.js';

/** What an accept answers; `replayed` when the same request was answered before. */
export interface AcceptOutcome {
  readonly replayed: boolean;
  readonly result: Accepted;
}

/** What comes with a notification beside its body. */
export interface Circumstances {
  /** Its idempotency key. */
  readonly key?: string | undefined;
  /** Id of the notification whose dead letter is sent again. */
  readonly replayOf?: string;
  /** What the publisher calls the work that it belongs to. */
  readonly correlationId?: string | undefined;
  /** The span that it is accepted in. */
  readonly parent?: TraceContext | undefined;
  /** The accept of what is sent again. */
  readonly origin?: TraceContext | undefined;
}

/** What an attempt is refused with once all of its targets have said no. */
const STORED_NOTHING: ReadonlySet<string> = new Set<ErrorCode>(['topic_full', 'session_not_found', 'invalid_request']);

/** One of a batch: read, or refused already. */
export type BatchItem = { readonly body: NotificationBody } | { readonly refused: BatchResult };

/** Accepts notifications: what comes back from here is stored, confirmed and guarded. */
@Injectable()
export class NotificationService {
  private readonly acceptTimes: Times;
  private readonly isHooked: boolean;
  private readonly logger = new EventLog(NotificationService.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly resolver: RecipientResolver,
    private readonly hooks: DeliveryHooks,
    private readonly store: NotificationStore,
    private readonly committer: Committer,
    private readonly releases: ReleaseQueue,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
    private readonly admission: Admission,
    private readonly tracing: Tracing,
  ) {
    this.acceptTimes = metrics.acceptSeconds.child({});
    // A team's hooks may extend the default.
    this.isHooked = hooks.constructor !== NoDeliveryHooks;
  }

  /** @throws PostriderError; a retryable one means "unknown": the same key cannot make a second notification. */
  async accept(
    publisher: Publisher,
    given: NotificationBody,
    circumstances: Circumstances = {},
  ): Promise<AcceptOutcome> {
    const began = performance.now();
    const { parent, origin } = circumstances;
    const span = this.tracing.start('accept', { kind: 'producer', parent, link: origin });
    try {
      const { body, draft } = await this.plan(publisher, given, circumstances, span?.context);
      const outcome = await this.admission.admit(body.priority ?? 'normal', () =>
        this.drive(publisher, body, draft, circumstances.key),
      );
      span?.end(attributesOf(draft, outcome));
      this.metrics.accepted.inc();
      if (outcome.replayed) this.metrics.replayed.inc();
      this.tell(publisher, outcome, draft.correlationId);
      if (this.isHooked) void this.observe(publisher, body, outcome.result, draft.correlationId);
      return outcome;
    } catch (error) {
      const { code } = postriderErrorOf(error);
      span?.fail(code);
      this.metrics.refused(code).inc();
      throw unsure(error, circumstances.key);
    } finally {
      this.acceptTimes.observe((performance.now() - began) / 1000);
    }
  }

  /** Each for itself, in the order given; with a key, each item has its own derived from it and from its place. */
  acceptBatch(
    publisher: Publisher,
    items: readonly BatchItem[],
    { key, ...rest }: Circumstances = {},
  ): Promise<BatchResult[]> {
    return Promise.all(
      items.map(async (item, index): Promise<BatchResult> => {
        if ('refused' in item) return item.refused;
        try {
          // A key holds no space, so that of an item cannot be one that a publisher chose.
          const own = { ...rest, key: key === undefined ? undefined : `${key} ${index}` };
          const { result } = await this.accept(publisher, item.body, own);
          return { status: 202, ...result };
        } catch (thrown) {
          const error = postriderErrorOf(thrown);
          return { status: error.status, problem: problemOf(error) };
        }
      }),
    );
  }

  /**
   * What an accept would store, up to where it would store it.
   * @throws PostriderError as an accept refuses.
   */
  async plan(publisher: Publisher, given: NotificationBody, circumstances: Circumstances = {}, trace?: TraceContext) {
    const body = await this.ruled(publisher, given);
    return { body, draft: await this.draft(publisher.app, body, circumstances, trace) };
  }

  /** What the hooks make of it. They see `data` as JavaScript reads it; what they leave as it is goes on as it was sent. */
  private async ruled(publisher: Publisher, given: NotificationBody): Promise<NotificationBody> {
    if (!this.isHooked) return given;
    if (!(given.data instanceof JsonText)) return this.hooks.beforeAccept(publisher, given);
    const { value } = given.data;
    const before = JSON.stringify(value);
    const body = await this.hooks.beforeAccept(publisher, { ...given, data: value });
    return JSON.stringify(body.data) === before ? { ...body, data: given.data } : body;
  }

  private async drive(
    publisher: Publisher,
    body: NotificationBody,
    fresh: Draft,
    key: string | undefined,
  ): Promise<AcceptOutcome> {
    const scheduled = body.deliverAt !== undefined || (body.delayMs ?? 0) > 0;
    const [first = ''] = fresh.topics;
    const single = fresh.topics.length === 1 && !scheduled;
    let id = newId(single ? 's' : 'm', partitionOf(qualified(fresh.app, first)), fresh.createdAtMs);
    let draft = fresh;
    let replayed = false;
    const store = async (): Promise<Accepted> => {
      if (scheduled) return this.schedule(id, draft);
      if (!single) await this.store.record(id, draft, false);
      return { id, state: 'accepted', targets: await this.committer.commit(id, draft) };
    };
    if (key === undefined) return { replayed, result: await store() };
    // Neither part holds a space, so no two owners are written alike.
    const owner = `${publisher.app} ${publisher.name} ${key}`;
    const claim = await this.store.claim(owner, body, id, fresh.createdAtMs);
    ({ id, replayed } = claim);
    draft = shifted(fresh, claim.createdAtMs, body.deliverAt !== undefined);
    try {
      requireDate(body, claim.createdAtMs);
      return { replayed, result: await store() };
    } catch (error) {
      if (error instanceof PostriderError && STORED_NOTHING.has(error.code)) {
        // A note that is lost only makes another body wait until the claim is old.
        await this.store.refuse(owner, id).catch(() => undefined);
      }
      throw error;
    }
  }

  private async schedule(id: string, draft: Draft): Promise<Accepted> {
    await this.store.record(id, draft, true);
    await this.releases.add(id, draft.releaseAtMs);
    return { id, state: 'scheduled', targets: draft.topics.map((topic) => ({ topic })) };
  }

  private async draft(
    app: string,
    body: NotificationBody,
    { replayOf, correlationId }: Circumstances,
    trace: TraceContext | undefined,
  ): Promise<Draft> {
    if (body.escalate?.length) {
      throw new PostriderError('invalid_request', 'escalate: escalation is not available yet.', { field: 'escalate' });
    }
    const data = JsonText.of(body.data)?.text;
    if (data === undefined) throw new PostriderError('invalid_request', 'data is required.', { field: 'data' });
    const bytes = Buffer.byteLength(data);
    const { dataMaxBytes } = this.config;
    if (bytes > dataMaxBytes) {
      throw new PostriderError(
        'payload_too_large',
        `data has ${bytes} bytes as JSON, at most ${dataMaxBytes} are taken.`,
        {
          field: 'data',
        },
      );
    }
    const topics = await this.resolver.resolve(app, body.to);
    if (topics.length === 0) throw new PostriderError('invalid_request', 'to names nobody.', { field: 'to' });
    const createdAtMs = this.clock.now();
    const releaseAtMs = body.deliverAt !== undefined ? msOfInstant(body.deliverAt) : createdAtMs + (body.delayMs ?? 0);
    const { priority, collapseKey, metadata, ack } = body;
    return {
      app,
      topics,
      type: body.type,
      data,
      ...(ack && { policy: ack }),
      ackWaitMs: body.ackWaitMs ?? this.config.ackWaitMs,
      maxAttempts: body.maxAttempts ?? this.config.maxAttempts,
      createdAtMs,
      releaseAtMs,
      expiresAtMs: releaseAtMs + (body.ttlMs ?? this.config.ttlMs),
      ...(priority && { priority }),
      ...(collapseKey !== undefined && { collapseKey }),
      ...(metadata && { metadata }),
      ...(replayOf !== undefined && { replayOf }),
      ...(correlationId !== undefined && { correlationId }),
      ...(trace && { trace }),
    };
  }

  private tell(
    { app, name: publisher }: Publisher,
    { replayed, result }: AcceptOutcome,
    correlationId: string | undefined,
  ): void {
    const event = result.state === 'scheduled' ? 'notification_scheduled' : 'notification_accepted';
    if (!this.logger.tells(event)) return;
    const { id: notification, targets } = result;
    this.logger.tell(event, { app, publisher, notification, topics: targets.length, replayed, correlationId });
  }

  /** Never throws: what was accepted is, whatever its observer does. */
  private async observe(
    publisher: Publisher,
    body: NotificationBody,
    accepted: Accepted,
    correlationId: string | undefined,
  ): Promise<void> {
    try {
      await this.hooks.afterAccept(publisher, plain(body), accepted);
    } catch (error) {
      this.logger.tell('hook_failed', { notification: accepted.id, correlationId }, error);
    }
  }
}

function attributesOf(
  { app, topics, type, correlationId }: Draft,
  { result, replayed }: AcceptOutcome,
): SpanAttributes {
  const [only = ''] = topics;
  return {
    'messaging.system': 'postrider',
    'messaging.message.id': result.id,
    ...(topics.length === 1 && { 'messaging.destination.name': only }),
    'postrider.app': app,
    'postrider.topics': topics.length,
    'postrider.type': type,
    'postrider.state': result.state,
    'postrider.replayed': replayed,
    ...(correlationId !== undefined && { 'postrider.correlation_id': correlationId }),
  };
}

/** A repeated request is as old as its first attempt, so that all attempts drive the same entry. */
function shifted(draft: Draft, createdAtMs: number, absolute: boolean): Draft {
  const byMs = absolute ? 0 : createdAtMs - draft.createdAtMs;
  return { ...draft, createdAtMs, releaseAtMs: draft.releaseAtMs + byMs, expiresAtMs: draft.expiresAtMs + byMs };
}
