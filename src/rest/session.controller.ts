import { Controller, Delete, Get, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { type PageQuery, pageQuery } from '../contract/page.js';
import { ReadParam, ReadQuery } from '../http/read.decorator.js';
import { InGroup } from '../http/route-group.js';
import { RestRateGuard } from '../limits/rest-rate.guard.js';
import {
  type SessionEnded,
  type SessionsPage,
  type UnackedPage,
  sessionEnded,
  sessionsPage,
  unackedPage,
} from '../contract/session-answers.schema.js';
import { resourceId, userId } from '../contract/notification.schema.js';
import { SessionEnder } from './session-ender.js';
import { SessionQueries } from './session-queries.js';

@ApiTags('Sessions')
@InGroup('rest')
@Controller('v1')
@UseGuards(ApiKeyGuard, RestRateGuard)
export class SessionController {
  constructor(
    private readonly sessions: SessionQueries,
    private readonly ender: SessionEnder,
  ) {}

  @Get('users/:user/sessions')
  @RequiresScope('read')
  @Answers(200, sessionsPage, 'List the sessions of a user, connected or not')
  ofUser(
    @CurrentPublisher() { app }: Publisher,
    @ReadParam('user', userId) user: string,
    @ReadQuery(pageQuery) query: PageQuery,
  ): Promise<SessionsPage> {
    return this.sessions.ofUser(app, user, query);
  }

  @Get('users/:user/unacked')
  @RequiresScope('read')
  @Answers(200, unackedPage, 'List the unacknowledged notifications of a user, oldest first')
  unacked(
    @CurrentPublisher() { app }: Publisher,
    @ReadParam('user', userId) user: string,
    @ReadQuery(pageQuery) query: PageQuery,
  ): Promise<UnackedPage> {
    return this.sessions.unacked(app, user, query);
  }

  @Delete('sessions/:id')
  @RequiresScope('admin')
  @Answers(200, sessionEnded, 'End a session and close its socket (4500)')
  async disconnect(
    @CurrentPublisher() publisher: Publisher,
    @ReadParam('id', resourceId) id: string,
  ): Promise<SessionEnded> {
    await this.ender.end(publisher, id);
    return { id, state: 'expired' };
  }
}
