import { Controller, Delete, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../auth/api-key.registry.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { ReadBody, ReadParam, ReadQuery } from '../http/read.decorator.js';
import { RequestTrace } from '../http/request.trace.js';
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
} from './answer.schema.js';
import { DeadLetterService } from './dead-letter.service.js';
import { type LettersBody, letterId, lettersBody } from './notification.schema.js';
import { type DeadLettersQuery, deadLettersQuery } from './query.schema.js';

@Controller('v1/dead-letters')
@UseGuards(ApiKeyGuard)
export class DeadLetterController {
  constructor(private readonly letters: DeadLetterService) {}

  @Get()
  @Answers(200, deadLettersPage, 'Deliveries that were given up')
  list(
    @CurrentPublisher() { app }: Publisher,
    @ReadQuery(deadLettersQuery) query: DeadLettersQuery,
  ): Promise<DeadLettersPage> {
    return this.letters.list(app, query);
  }

  @Post('replay')
  @HttpCode(207)
  @Answers(207, replayedMany, 'Send many again, each for itself')
  replayMany(
    @CurrentPublisher() publisher: Publisher,
    @ReadBody(lettersBody) { ids }: LettersBody,
    @RequestTrace() parent: TraceContext | undefined,
  ): Promise<ReplayedMany> {
    return this.letters.replayMany(publisher, ids, parent);
  }

  @Post('drop')
  @HttpCode(207)
  @Answers(207, droppedMany, 'Forget many, each for itself')
  dropMany(@CurrentPublisher() { app }: Publisher, @ReadBody(lettersBody) { ids }: LettersBody): Promise<DroppedMany> {
    return this.letters.dropMany(app, ids);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Answers(202, replayed, 'Send one again as a new notification; twice makes one')
  replay(
    @CurrentPublisher() publisher: Publisher,
    @ReadParam('id', letterId) id: string,
    @RequestTrace() parent: TraceContext | undefined,
  ): Promise<Replayed> {
    return this.letters.replay(publisher, id, parent);
  }

  @Delete(':id')
  @Answers(200, dropped, 'Forget one')
  async drop(@CurrentPublisher() { app }: Publisher, @ReadParam('id', letterId) id: string): Promise<Dropped> {
    await this.letters.drop(app, id);
    return { id, state: 'dropped' };
  }
}
