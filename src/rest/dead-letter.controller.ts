import { Controller, Delete, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { CarriesJson } from '../http/carries-json.decorator.js';
import { ReadBody, ReadParam, ReadQuery } from '../http/read.decorator.js';
import { RequestTrace } from '../http/request-trace.js';
import { InGroup } from '../http/route-group.js';
import { RestRateGuard } from '../limits/rest-rate.guard.js';
import type { TraceContext } from '../observability/tracing.js';
import {
  type DeadLettersPage,
  type Dropped,
  type DroppedMany,
  type Replayed,
  type ReplayedMany,
  deadLettersPage,
  dropped,
  droppedMany,
  replayed,
  replayedMany,
} from '../contract/dead-letter.schema.js';
import { DeadLetterService } from './dead-letter.service.js';
import { type LettersBody, letterId, lettersBody } from '../contract/notification.schema.js';
import { type DeadLettersQuery, deadLettersQuery } from '../contract/query.schema.js';

@ApiTags('Dead letters')
@InGroup('rest')
@Controller('v1/dead-letters')
@UseGuards(ApiKeyGuard, RestRateGuard)
export class DeadLetterController {
  constructor(private readonly letters: DeadLetterService) {}

  @Get()
  @RequiresScope('read')
  @Answers(200, deadLettersPage, 'List dead letters')
  @CarriesJson()
  list(
    @CurrentPublisher() { app }: Publisher,
    @ReadQuery(deadLettersQuery) query: DeadLettersQuery,
  ): Promise<DeadLettersPage> {
    return this.letters.list(app, query);
  }

  @Post('replay')
  @HttpCode(207)
  @RequiresScope('publish')
  @Answers(207, replayedMany, 'Replay many dead letters, each on its own')
  replayMany(
    @CurrentPublisher() publisher: Publisher,
    @ReadBody(lettersBody) { ids }: LettersBody,
    @RequestTrace() parent: TraceContext | undefined,
  ): Promise<ReplayedMany> {
    return this.letters.replayMany(publisher, ids, parent);
  }

  @Post('drop')
  @HttpCode(207)
  @RequiresScope('admin')
  @Answers(207, droppedMany, 'Drop many dead letters, each on its own')
  dropMany(
    @CurrentPublisher() publisher: Publisher,
    @ReadBody(lettersBody) { ids }: LettersBody,
  ): Promise<DroppedMany> {
    return this.letters.dropMany(publisher, ids);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @RequiresScope('publish')
  @Answers(202, replayed, 'Replay a dead letter as a new notification (idempotent)')
  replay(
    @CurrentPublisher() publisher: Publisher,
    @ReadParam('id', letterId) id: string,
    @RequestTrace() parent: TraceContext | undefined,
  ): Promise<Replayed> {
    return this.letters.replay(publisher, id, parent);
  }

  @Delete(':id')
  @RequiresScope('admin')
  @Answers(200, dropped, 'Drop a dead letter')
  async drop(@CurrentPublisher() publisher: Publisher, @ReadParam('id', letterId) id: string): Promise<Dropped> {
    await this.letters.drop(publisher, id);
    return { id, state: 'dropped' };
  }
}
