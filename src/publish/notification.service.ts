import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import type { BatchResult } from '../contract/notification-answers.schema.js';
import type { NotificationBody } from '../contract/notification.schema.js';
import { postriderErrorOf, problemOf } from '../contract/problem.js';
import { EventLogger } from '../observability/event-logger.js';
import type { Times } from '../observability/histogram-family.js';
import { Metrics } from '../observability/metrics.js';
import { type SpanAttributes, Tracing } from '../observability/tracing.js';
import { AcceptPlanner, type Circumstances } from './accept-planner.js';
import { type AcceptOutcome, AcceptStore } from './accept-store.js';
import { Admission } from './admission.js';
import type { Draft } from './notification-draft.js';
import { unsure } from './unsure.js';

/** Item of a batch: parsed, or already refused. */
export type BatchItem = { readonly body: NotificationBody } | { readonly refused: BatchResult };

/** Accepts notifications. Accepted ones are stored, confirmed and guarded. */
@Injectable()
export class NotificationService {
  private readonly acceptTimes: Times;
  private readonly logger = new EventLogger(NotificationService.name);

  constructor(
    private readonly planner: AcceptPlanner,
    private readonly admission: Admission,
    private readonly store: AcceptStore,
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
  ) {
    this.acceptTimes = metrics.acceptSeconds.child({});
  }

  /**
   * @throws PostriderError; a retryable one means "unknown": the same key cannot create a second
   * notification.
   */
  async accept(
    publisher: Publisher,
    given: NotificationBody,
    circumstances: Circumstances = {},
  ): Promise<AcceptOutcome> {
    const began = performance.now();
    const { parent, origin } = circumstances;
    const span = this.tracing.start('accept', { kind: 'producer', parent, link: origin });
    try {
      const { body, draft } = await this.planner.plan(publisher, given, circumstances, span?.context);
      const outcome = await this.admission.admit(body.priority ?? 'normal', () =>
        this.store.drive(publisher, body, draft, circumstances.key),
      );
      span?.end(attributesOf(draft, outcome));
      this.metrics.accepted.inc();
      if (outcome.replayed) this.metrics.replayed.inc();
      this.logAccepted(publisher, outcome, draft.correlationId);
      if (this.planner.isHooked) void this.planner.observe(publisher, body, outcome.result, draft.correlationId);
      return outcome;
    } catch (error) {
      const { code } = postriderErrorOf(error);
      span?.fail(code);
      this.metrics.refused(code).inc();
      throw unsure(error, circumstances.key);
    } finally {
      this.acceptTimes.observe((performance.now() - began) / 1_000);
    }
  }

  /**
   * Accepts each item on its own, in the given order. With a key, each item gets a key derived from
   * it and from its position.
   */
  acceptBatch(
    publisher: Publisher,
    items: readonly BatchItem[],
    { key, ...rest }: Circumstances = {},
  ): Promise<BatchResult[]> {
    return Promise.all(
      items.map(async (item, index): Promise<BatchResult> => {
        if ('refused' in item) return item.refused;
        try {
          // A publisher's key has no space, so it can never equal the key of an item.
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

  private logAccepted(
    { app, name: publisher }: Publisher,
    { replayed, result }: AcceptOutcome,
    correlationId: string | undefined,
  ): void {
    const event = result.state === 'scheduled' ? 'notification_scheduled' : 'notification_accepted';
    if (!this.logger.isEnabled(event)) return;
    const { id: notification, targets } = result;
    this.logger.event(event, { app, publisher, notification, topics: targets.length, replayed, correlationId });
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
