import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import { RedisClock } from '../clock/redis-clock.js';
import type {
  Accepted,
  BatchResult,
  Cancelled,
  DryRun,
  NotificationStatus,
} from '../contract/notification-answers.schema.js';
import type { ReceiptsPage, TimelinePage } from '../contract/receipt-answers.schema.js';
import { type NotificationBody, notificationBody, requireDate } from '../contract/notification.schema.js';
import { parse } from '../contract/parse.js';
import { problemOf } from '../contract/problem.js';
import { PostriderError } from '../contract/postrider-error.js';
import { receiptsQuery } from '../contract/query.schema.js';
import { visibleHeader } from '../http/visible-header.js';
import { DryRunService } from '../publish/dry-run.service.js';
import { type BatchItem, NotificationService } from '../publish/notification.service.js';
import { NotificationCanceller } from '../rest/notification-canceller.js';
import { NotificationQueries } from '../rest/notification-queries.js';

/** Headers of `POST /v1/notifications`, as options of a call. */
export interface PublishOptions {
  /**
   * Makes the call safe to repeat: the same key and body of a publisher store one notification. 1
   * to 128 visible ASCII characters.
   */
  readonly idempotencyKey?: string | undefined;
  /** Correlation id of the publisher. 1 to 128 visible ASCII characters. */
  readonly correlationId?: string | undefined;
}

/** Page of receipts to read. */
export interface ReceiptsOptions {
  readonly state?: 'acked' | 'pending' | 'refused' | undefined;
  /** 1 to 1000, default 100. */
  readonly limit?: number | undefined;
  /** `next` of the previous page. */
  readonly cursor?: string | undefined;
}

/**
 * Publishes notifications, and looks them up, from controllers and processors of the host
 * application. Each method does what the REST call of the same name does, with the same checks and
 * hooks.
 */
@Injectable()
export class Notifications {
  constructor(
    private readonly service: NotificationService,
    private readonly dryRuns: DryRunService,
    private readonly queries: NotificationQueries,
    private readonly canceller: NotificationCanceller,
    private readonly clock: RedisClock,
  ) {}

  /**
   * Accepts a notification. Once the promise is fulfilled it is stored and guarded, as after a
   * `202`.
   * @throws PostriderError; after a `retryable` one the outcome is unknown, so repeat the call with
   * its idempotency key.
   */
  async publish(publisher: Publisher, body: NotificationBody, options: PublishOptions = {}): Promise<Accepted> {
    const circumstances = circumstancesOf(options);
    const { result } = await this.service.accept(publisher, this.read(body, circumstances.key), circumstances);
    return result;
  }

  /**
   * Accepts up to 1000 notifications, each on its own. With an idempotency key, each gets a key
   * derived from it and from its position.
   * @returns one result for each, in order.
   */
  async publishMany(
    publisher: Publisher,
    bodies: readonly NotificationBody[],
    options: PublishOptions = {},
  ): Promise<BatchResult[]> {
    if (bodies.length === 0 || bodies.length > MAX_BATCH) {
      throw new PostriderError('invalid_request', `bodies must hold 1 to ${MAX_BATCH} notifications.`, {
        field: 'bodies',
      });
    }
    const circumstances = circumstancesOf(options);
    const items = bodies.map((body): BatchItem => {
      try {
        return { body: this.read(body, circumstances.key) };
      } catch (error) {
        if (!(error instanceof PostriderError)) throw error;
        return { refused: { status: error.status, problem: problemOf(error) } };
      }
    });
    return this.service.acceptBatch(publisher, items, circumstances);
  }

  /**
   * Previews the recipients of a notification without storing it.
   * @throws PostriderError like `publish`.
   */
  dryRun(publisher: Publisher, body: NotificationBody): Promise<DryRun> {
    return this.dryRuns.run(publisher, this.read(body, undefined));
  }

  /**
   * Status of a notification of the app.
   * @throws PostriderError `notification_not_found`.
   */
  status(app: string, id: string): Promise<NotificationStatus> {
    return this.queries.status(app, id);
  }

  /**
   * Events of a notification, oldest first.
   * @throws PostriderError `notification_not_found`.
   */
  timeline(app: string, id: string): Promise<TimelinePage> {
    return this.queries.timeline(app, id);
  }

  /**
   * Receipts of a notification, page by page.
   * @throws PostriderError `notification_not_found`.
   */
  receipts(app: string, id: string, options: ReceiptsOptions = {}): Promise<ReceiptsPage> {
    return this.queries.receipts(
      app,
      id,
      parse(receiptsQuery, { ...options, ...(options.limit !== undefined && { limit: String(options.limit) }) }),
    );
  }

  /**
   * Cancels the unacknowledged deliveries of a notification.
   * @throws PostriderError `notification_not_found`, or `too_late` if nothing is left to cancel.
   */
  cancel(app: string, id: string): Promise<Cancelled> {
    return this.canceller.cancel(app, id);
  }

  private read(given: NotificationBody, key: string | undefined): NotificationBody {
    const body = parse(notificationBody, given);
    if (key === undefined) requireDate(body, this.clock.now());
    return body;
  }
}

const MAX_BATCH = 1_000;

const circumstancesOf = ({ idempotencyKey, correlationId }: PublishOptions) => ({
  key: visibleHeader('idempotencyKey', idempotencyKey),
  correlationId: visibleHeader('correlationId', correlationId),
});
