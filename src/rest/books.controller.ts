import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import type { Publisher } from '../contract/publisher.js';
import { CurrentPublisher } from '../auth/current-publisher.decorator.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { InGroup } from '../http/route-group.js';
import { RestRateGuard } from '../limits/rest-rate.guard.js';
import { BooksService } from '../topic/books.service.js';
import { type Books, books } from '../contract/books.schema.js';

@ApiTags('Books')
@InGroup('rest')
@Controller('v1/books')
@UseGuards(ApiKeyGuard, RestRateGuard)
export class BooksController {
  constructor(private readonly service: BooksService) {}

  @Get()
  @RequiresScope('read')
  @Answers(200, books, 'Get the books of the app; a `difference` other than 0 means that a delivery was lost')
  books(@CurrentPublisher() { app }: Publisher): Promise<Books> {
    return this.service.books(app);
  }
}
