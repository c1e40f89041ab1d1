import { Controller, Delete, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { type PageQuery, pageQuery } from '../contract/page.js';
import { ReadBody, ReadParam, ReadQuery } from '../http/read.decorator.js';
import { InGroup } from '../http/route-group.js';
import {
  type Lifted,
  type RevocationAnswer,
  type RevocationBody,
  type RevocationsPage,
  lifted,
  revocation,
  revocationBody,
  revocationId,
  revocationsPage,
} from '../contract/revocation.schema.js';
import { EventLogger } from '../observability/event-logger.js';
import { RevocationService } from '../revocation/revocation.service.js';

@ApiTags('Revocations')
@InGroup('rest')
@Controller('v1/revocations')
@UseGuards(ApiKeyGuard)
@RequiresScope('admin')
export class RevocationController {
  private readonly logger = new EventLogger(RevocationController.name);

  constructor(private readonly revocations: RevocationService) {}

  @Post()
  @HttpCode(200)
  @Answers(200, revocation, 'Revoke all tokens of a user issued so far, or a single token')
  async revoke(
    @CurrentPublisher() { app, name: publisher }: Publisher,
    @ReadBody(revocationBody) body: RevocationBody,
  ): Promise<RevocationAnswer> {
    const answer = await this.revocations.revoke(app, body);
    this.logger.event('tokens_revoked', { app, publisher, revocation: answer.id });
    return answer;
  }

  @Get()
  @Answers(200, revocationsPage, 'List revocations')
  list(@CurrentPublisher() { app }: Publisher, @ReadQuery(pageQuery) query: PageQuery): Promise<RevocationsPage> {
    return this.revocations.list(app, query);
  }

  @Delete(':id')
  @Answers(200, lifted, 'Lift a revocation')
  async lift(
    @CurrentPublisher() { app, name: publisher }: Publisher,
    @ReadParam('id', revocationId) id: string,
  ): Promise<Lifted> {
    await this.revocations.lift(app, id);
    this.logger.event('revocation_lifted', { app, publisher, revocation: id });
    return { id, state: 'lifted' };
  }
}
