import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import type { BatchResult } from '../contract/notification-answers.schema.js';
import type { NotificationBody } from '../contract/notification.schema.js';
import { postriderErrorOf, problemOf } from '../contract/problem.js';
import { EventLogger } from '../observability/event-logger.js';
import type { Times } from '../observability/histogram-family.js';
import { Metrics } from '../observability/metrics.js';
import { type SpanAttributes, type TraceSpan, Tracing } from '../observability/tracing.js';
import { AcceptPlanner, type Circumstances, type Plan } from './accept-planner.js';
import { type AcceptOutcome, AcceptStore } from './accept-store.js';
import { Admission } from './admission.js';
import { Failed, settled, valueOf } from './failed.js';
import type { Draft } from './notification-draft.js';
import { unsure } from './unsure.js';

/** Item of a batch: parsed, or already refused. */
export type BatchItem = { readonly body: NotificationBody } | { readonly refused: BatchResult };

/** Notification on its way; with an outcome, it has ended. */
interface Accept {
  readonly given: NotificationBody;
  readonly key: string | undefined;
  readonly span: TraceSpan | undefined;
  plan: Plan | undefined;
  outcome: AcceptOutcome | Failed | undefined;
}

type Planned = Accept & { plan: Plan };

/** Accepts notifications. Accepted ones are stored, confirmed and guarded. */
@Injectable()
export class NotificationService {
  private readonly acceptTimes: Times;
  private readonly logger = new EventLogger(NotificationService.name);

  constructor(
    private readonly planner: AcceptPlanner,
    private readonly admission: Admission,
    private readonly orders: AcceptStore,
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
    const accept = this.begin(given, circumstances, circumstances.key);
    await this.acceptAll(publisher, [accept], circumstances);
    return valueOf(accept.outcome);
  }

  /**
   * Accepts each item on its own; each topic takes them in the given order. With a key, each item
   * gets a key derived from it and from its position.
   */
  async acceptBatch(
    publisher: Publisher,
    items: readonly BatchItem[],
    circumstances: Circumstances = {},
  ): Promise<BatchResult[]> {
    const { key } = circumstances;
    const accepts: Accept[] = [];
    const all = items.map((item, index) => {
      if ('refused' in item) return item;
      // A publisher's key has no space, so it can never equal the key of an item.
      const accept = this.begin(item.body, circumstances, key === undefined ? undefined : `${key} ${index}`);
      accepts.push(accept);
      return accept;
    });
    await this.acceptAll(publisher, accepts, circumstances);
    return all.map((one) => ('refused' in one ? one.refused : resultOf(one.outcome)));
  }

  private begin(given: NotificationBody, { parent, origin }: Circumstances, key: string | undefined): Accept {
    const span = this.tracing.start('accept', { kind: 'producer', parent, link: origin });
    return { given, key, span, plan: undefined, outcome: undefined };
  }

  /** Settles all of them; each fails on its own. */
  private async acceptAll(
    publisher: Publisher,
    accepts: readonly Accept[],
    circumstances: Circumstances,
  ): Promise<void> {
    const beganMs = performance.now();
    const planning = this.plan(publisher, accepts, circumstances);
    if (planning) await planning;
    const admitted = accepts.filter((accept): accept is Planned => this.isAdmitted(accept));
    if (admitted.length > 0) await this.store(publisher, admitted);
    for (const accept of accepts) this.conclude(publisher, accept);
    const seconds = (performance.now() - beganMs) / 1_000;
    for (const _ of accepts) this.acceptTimes.observe(seconds);
  }

  /** @returns a promise only if one of the plans is a promise. */
  private plan(
    publisher: Publisher,
    accepts: readonly Accept[],
    circumstances: Circumstances,
  ): Promise<unknown> | undefined {
    const waits: Promise<void>[] = [];
    for (const accept of accepts) {
      try {
        const plan = this.planner.plan(publisher, accept.given, circumstances, accept.span?.context);
        if (plan instanceof Promise) waits.push(planned(accept, plan));
        else accept.plan = plan;
      } catch (error) {
        accept.outcome = new Failed(error);
      }
    }
    return waits.length > 0 ? Promise.all(waits) : undefined;
  }

  private isAdmitted(accept: Accept): boolean {
    if (!accept.plan) return false;
    try {
      this.admission.enter(accept.plan.body.priority ?? 'normal');
      return true;
    } catch (error) {
      accept.outcome = new Failed(error);
      return false;
    }
  }

  private async store(publisher: Publisher, admitted: readonly Planned[]): Promise<void> {
    try {
      const outcomes = await this.orders.drive(publisher, admitted);
      admitted.forEach((accept, index) => (accept.outcome = outcomes[index]));
    } finally {
      this.admission.leave(admitted.length);
    }
  }

  /** Counts, traces and logs the end of an accept. */
  private conclude(publisher: Publisher, accept: Accept): void {
    const { plan, span, key } = accept;
    const outcome = settled(accept.outcome);
    if (outcome instanceof Failed) {
      const { code } = postriderErrorOf(outcome.error);
      span?.fail(code);
      this.metrics.refused(code).inc();
      accept.outcome = new Failed(unsure(outcome.error, key));
    } else if (plan) {
      const { body, draft } = plan;
      span?.end(attributesOf(draft, outcome));
      this.metrics.accepted.inc();
      if (outcome.replayed) this.metrics.replayed.inc();
      this.logAccepted(publisher, outcome, draft.correlationId);
      if (this.planner.isHooked) void this.planner.observe(publisher, body, outcome.result, draft.correlationId);
    }
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

async function planned(accept: Accept, plan: Promise<Plan>): Promise<void> {
  try {
    accept.plan = await plan;
  } catch (error) {
    accept.outcome = new Failed(error);
  }
}

function resultOf(outcome: AcceptOutcome | Failed | undefined): BatchResult {
  const known = settled(outcome);
  if (!(known instanceof Failed)) return { status: 202, ...known.result };
  const error = postriderErrorOf(known.error);
  return { status: error.status, problem: problemOf(error) };
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
