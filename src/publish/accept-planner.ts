import { Inject, Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import { RedisClock } from '../clock/redis-clock.js';
import { Config } from '../config/config.js';
import type { Accepted } from '../contract/notification-answers.schema.js';
import { msOfInstant } from '../contract/instant.schema.js';
import { JsonText } from '../contract/json/json-text.js';
import { type NotificationBody, plain } from '../contract/notification.schema.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import type { TraceContext } from '../observability/tracing.js';
import { ACCEPT_HOOKS, type AcceptHook } from './accept-hook.port.js';
import type { Draft } from './notification-draft.js';
import { RecipientResolver } from './recipient-resolver.port.js';

/** Context of a notification apart from its body. */
export interface Circumstances {
  /** Idempotency key. */
  readonly key?: string | undefined;
  /** Notification whose dead letter is replayed. */
  readonly replayOf?: string;
  /** Correlation id of the publisher. */
  readonly correlationId?: string | undefined;
  /** Span of the request. */
  readonly parent?: TraceContext | undefined;
  /** Accept span of the replayed notification. */
  readonly origin?: TraceContext | undefined;
}

/** Notification as it will be stored. */
export interface Plan {
  /** Body after the hooks. */
  readonly body: NotificationBody;
  readonly draft: Draft;
}

/**
 * Turns a notification's body into a draft to store: runs the hooks, resolves the recipients and
 * fills in defaults.
 */
@Injectable()
export class AcceptPlanner {
  private readonly logger = new EventLogger(AcceptPlanner.name);

  constructor(
    private readonly config: Config,
    @Inject(ACCEPT_HOOKS) private readonly hooks: readonly AcceptHook[],
    private readonly resolver: RecipientResolver,
    private readonly clock: RedisClock,
  ) {}

  /** True if any hook is bound. */
  get isHooked(): boolean {
    return this.hooks.length > 0;
  }

  /**
   * Plans an accept without storing anything.
   * @returns a promise only if a hook is bound or the resolver returns one.
   * @throws PostriderError any refusal of an accept.
   */
  plan(
    publisher: Publisher,
    given: NotificationBody,
    circumstances: Circumstances = {},
    trace?: TraceContext,
  ): Plan | Promise<Plan> {
    if (!this.isHooked) return this.resolved(publisher.app, given, circumstances, trace);
    return this.ruled(publisher, given).then((body) => this.resolved(publisher.app, body, circumstances, trace));
  }

  /** Runs the observing hooks. Never throws, since the notification is already accepted. */
  async observe(
    publisher: Publisher,
    body: NotificationBody,
    accepted: Accepted,
    correlationId: string | undefined,
  ): Promise<void> {
    for (const hook of this.hooks) {
      try {
        await hook.afterAccept(publisher, plain(body), accepted);
      } catch (error) {
        this.logger.event('hook_failed', { notification: accepted.id, correlationId }, error);
      }
    }
  }

  /**
   * Runs the hooks. They see `data` as JavaScript reads it; if they leave it unchanged, it is
   * stored exactly as it was sent.
   */
  private async ruled(publisher: Publisher, given: NotificationBody): Promise<NotificationBody> {
    if (!(given.data instanceof JsonText)) return this.hooked(publisher, given);
    const { value } = given.data;
    const before = JSON.stringify(value);
    const body = await this.hooked(publisher, { ...given, data: value });
    return JSON.stringify(body.data) === before ? { ...body, data: given.data } : body;
  }

  private async hooked(publisher: Publisher, given: NotificationBody): Promise<NotificationBody> {
    let body = given;
    for (const hook of this.hooks) body = await hook.beforeAccept(publisher, body);
    return body;
  }

  private resolved(
    app: string,
    body: NotificationBody,
    circumstances: Circumstances,
    trace: TraceContext | undefined,
  ): Plan | Promise<Plan> {
    const data = this.dataOf(body);
    const topics = this.resolver.resolve(app, body.to);
    const planned = (names: readonly string[]): Plan => {
      return { body, draft: this.draft(app, body, { data, topics: names }, circumstances, trace) };
    };
    return 'then' in topics ? topics.then(planned) : planned(topics);
  }

  private dataOf(body: NotificationBody): string {
    if (body.escalate?.length) {
      throw new PostriderError('invalid_request', 'escalate: escalation is not available yet. Leave the field out.', {
        field: 'escalate',
      });
    }
    const data = JsonText.of(body.data)?.text;
    if (data === undefined) throw new PostriderError('invalid_request', 'data is required.', { field: 'data' });
    const bytes = Buffer.byteLength(data);
    const { dataMaxBytes } = this.config;
    if (bytes > dataMaxBytes) {
      throw new PostriderError(
        'payload_too_large',
        `data has ${bytes} bytes as JSON, but the limit is ${dataMaxBytes}. Send less.`,
        {
          field: 'data',
        },
      );
    }
    return data;
  }

  private draft(
    app: string,
    body: NotificationBody,
    { data, topics }: Pick<Draft, 'data' | 'topics'>,
    { replayOf, correlationId }: Circumstances,
    trace: TraceContext | undefined,
  ): Draft {
    if (topics.length === 0)
      throw new PostriderError('invalid_request', 'to resolves to no recipients. Name at least one.', { field: 'to' });
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
}
