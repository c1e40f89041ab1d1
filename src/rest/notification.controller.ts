import { Controller, Delete, Get, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { TakesCorrelationId } from '../http/correlation-id.decorator.js';
import { type HeaderSink, TakesIdempotencyKey, answerReplayed } from '../http/idempotency-key.decorator.js';
import { ReadBody, ReadParam, ReadQuery } from '../http/read.decorator.js';
import { RequestTrace } from '../http/request-trace.js';
import { InGroup } from '../http/route-group.js';
import { RestRateGuard } from '../limits/rest-rate.guard.js';
import type { TraceContext } from '../observability/tracing.js';
import { RedisClock } from '../clock/redis-clock.js';
import {
  type Accepted,
  type Cancelled,
  type NotificationStatus,
  type DryRun,
  accepted,
  cancelled,
  dryRun,
  notificationStatus,
} from '../contract/notification-answers.schema.js';
import {
  type ReceiptsPage,
  type TimelinePage,
  receiptsPage,
  timelinePage,
} from '../contract/receipt-answers.schema.js';
import type { Circumstances } from '../publish/accept-planner.js';
import { DryRunService } from '../publish/dry-run.service.js';
import { ReadCircumstances } from './circumstances.decorator.js';
import { NotificationCanceller } from './notification-canceller.js';
import { NotificationQueries } from './notification-queries.js';
import { type NotificationBody, notificationBody, requireDate, resourceId } from '../contract/notification.schema.js';
import { NotificationService } from '../publish/notification.service.js';
import { type ReceiptsQuery, receiptsQuery } from '../contract/query.schema.js';

@ApiTags('Notifications')
@InGroup('rest')
@Controller('v1/notifications')
@UseGuards(ApiKeyGuard, RestRateGuard)
export class NotificationController {
  constructor(
    private readonly notifications: NotificationService,
    private readonly queries: NotificationQueries,
    private readonly canceller: NotificationCanceller,
    private readonly dryRuns: DryRunService,
    private readonly clock: RedisClock,
  ) {}

  @Post()
  @HttpCode(202)
  @RequiresScope('publish')
  @Answers(202, accepted, 'Accept a notification')
  @TakesIdempotencyKey()
  @TakesCorrelationId()
  async accept(
    @CurrentPublisher() publisher: Publisher,
    @ReadBody(notificationBody) body: NotificationBody,
    @ReadCircumstances() circumstances: Circumstances,
    @Res({ passthrough: true }) reply: HeaderSink,
  ): Promise<Accepted> {
    if (circumstances.key === undefined) requireDate(body, this.clock.now());
    const { replayed, result } = await this.notifications.accept(publisher, body, circumstances);
    if (replayed) answerReplayed(reply);
    return result;
  }

  @Post('dry-run')
  @HttpCode(200)
  @RequiresScope('publish')
  @Answers(200, dryRun, 'Preview the recipients of a notification without storing it')
  dryRun(
    @CurrentPublisher() publisher: Publisher,
    @ReadBody(notificationBody) body: NotificationBody,
  ): Promise<DryRun> {
    requireDate(body, this.clock.now());
    return this.dryRuns.run(publisher, body);
  }

  @Get(':id')
  @RequiresScope('read')
  @Answers(200, notificationStatus, 'Get the status of a notification')
  status(@CurrentPublisher() { app }: Publisher, @ReadParam('id', resourceId) id: string): Promise<NotificationStatus> {
    return this.queries.status(app, id);
  }

  @Get(':id/timeline')
  @RequiresScope('read')
  @Answers(200, timelinePage, 'List the events of a notification')
  timeline(@CurrentPublisher() { app }: Publisher, @ReadParam('id', resourceId) id: string): Promise<TimelinePage> {
    return this.queries.timeline(app, id);
  }

  @Get(':id/receipts')
  @RequiresScope('read')
  @Answers(200, receiptsPage, 'List the receipts of a notification: which sessions have acknowledged it')
  receipts(
    @CurrentPublisher() { app }: Publisher,
    @ReadParam('id', resourceId) id: string,
    @ReadQuery(receiptsQuery) query: ReceiptsQuery,
  ): Promise<ReceiptsPage> {
    return this.queries.receipts(app, id, query);
  }

  @Delete(':id')
  @RequiresScope('publish')
  @Answers(200, cancelled, 'Cancel the unacknowledged deliveries of a notification')
  cancel(
    @CurrentPublisher() { app }: Publisher,
    @ReadParam('id', resourceId) id: string,
    @RequestTrace() parent: TraceContext | undefined,
  ): Promise<Cancelled> {
    return this.canceller.cancel(app, id, parent);
  }
}
