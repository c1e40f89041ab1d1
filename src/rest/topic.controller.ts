import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { CarriesJson } from '../http/carries-json.decorator.js';
import { ReadParam, ReadQuery } from '../http/read.decorator.js';
import { InGroup } from '../http/route-group.js';
import { RestRateGuard } from '../limits/rest-rate.guard.js';
import {
  type HistoryPage,
  type Presence,
  type TopicAnswer,
  historyPage,
  presence,
  topicAnswer,
} from '../contract/topic-answers.schema.js';
import { topicName } from '../contract/notification.schema.js';
import { type HistoryQuery, historyQuery } from '../contract/query.schema.js';
import { TopicQueries } from './topic-queries.js';

@ApiTags('Topics')
@InGroup('rest')
@Controller('v1/topics/:topic')
@UseGuards(ApiKeyGuard, RestRateGuard)
export class TopicController {
  constructor(private readonly topics: TopicQueries) {}

  @Get()
  @RequiresScope('read')
  @Answers(200, topicAnswer, 'Get head, epoch and subscribers of a topic')
  topic(@CurrentPublisher() { app }: Publisher, @ReadParam('topic', topicName) name: string): Promise<TopicAnswer> {
    return this.topics.topic(app, name);
  }

  @Get('history')
  @RequiresScope('read')
  @Answers(200, historyPage, 'List the entries that a topic still holds')
  @CarriesJson()
  history(
    @CurrentPublisher() { app }: Publisher,
    @ReadParam('topic', topicName) name: string,
    @ReadQuery(historyQuery) { limit, from, cursor }: HistoryQuery,
  ): Promise<HistoryPage> {
    return this.topics.history(app, name, { limit, from: cursor ?? from });
  }

  @Get('presence')
  @RequiresScope('read')
  @Answers(200, presence, 'List who is connected to a topic; up to 15 s stale after the crash of a node')
  presence(@CurrentPublisher() { app }: Publisher, @ReadParam('topic', topicName) name: string): Promise<Presence> {
    return this.topics.presence(app, name);
  }
}
