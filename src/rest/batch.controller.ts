import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { PostriderError } from '../contract/postrider-error.js';
import { Answers } from '../http/answers.decorator.js';
import { TakesCorrelationId } from '../http/correlation-id.decorator.js';
import { TakesIdempotencyKey } from '../http/idempotency-key.decorator.js';
import { parse } from '../contract/parse.js';
import { problemOf } from '../contract/problem.js';
import { ReadBody } from '../http/read.decorator.js';
import { InGroup } from '../http/route-group.js';
import { RestRateGuard } from '../limits/rest-rate.guard.js';
import { EventLogger } from '../observability/event-logger.js';
import { RedisClock } from '../clock/redis-clock.js';
import { type BatchAnswer, type BatchResult, batchAnswer } from '../contract/notification-answers.schema.js';
import { type BatchBody, batchBody, notificationBody, requireDate } from '../contract/notification.schema.js';
import type { Circumstances } from '../publish/accept-planner.js';
import { type BatchItem, NotificationService } from '../publish/notification.service.js';
import { ReadCircumstances } from './circumstances.decorator.js';

/** Accepts many notifications in one request; each is accepted or refused on its own. */
@ApiTags('Notifications')
@InGroup('rest')
@Controller('v1/notifications/batch')
@UseGuards(ApiKeyGuard, RestRateGuard)
export class BatchController {
  private readonly logger = new EventLogger(BatchController.name);

  constructor(
    private readonly notifications: NotificationService,
    private readonly clock: RedisClock,
  ) {}

  @Post()
  @HttpCode(207)
  @RequiresScope('publish')
  @Answers(207, batchAnswer, 'Accept up to 1000 notifications')
  @TakesIdempotencyKey()
  @TakesCorrelationId()
  async accept(
    @CurrentPublisher() publisher: Publisher,
    @ReadBody(batchBody) { notifications }: BatchBody,
    @ReadCircumstances() circumstances: Circumstances,
    @Req() { id }: { id: string },
  ): Promise<BatchAnswer> {
    const now = circumstances.key === undefined ? this.clock.now() : undefined;
    const items = notifications.map((item) => readItem(item, now));
    const results = await this.notifications.acceptBatch(publisher, items, circumstances);
    this.logBatch(publisher, id, results);
    return { results };
  }

  private logBatch({ app, name: publisher }: Publisher, requestId: string, results: readonly BatchResult[]): void {
    const refused = results.flatMap((result) => ('problem' in result ? [result.problem.code] : []));
    if (refused.length === 0) return;
    const codes = [...new Set(refused)];
    this.logger.event('batch_refused', {
      requestId,
      app,
      publisher,
      items: results.length,
      count: refused.length,
      codes,
    });
  }
}

function readItem(item: unknown, nowMs: number | undefined): BatchItem {
  try {
    // An item that could not be parsed holds its error.
    if (item instanceof PostriderError) throw item;
    const body = parse(notificationBody, item);
    if (nowMs !== undefined) requireDate(body, nowMs);
    return { body };
  } catch (error) {
    if (!(error instanceof PostriderError)) throw error;
    return { refused: { status: error.status, problem: problemOf(error) } };
  }
}
