import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InGroup } from '../http/route-group.js';
import { sendPage } from './page-answer.js';
import { PageFiles } from './page-files.js';

/** Serves the page of the demo at `/`. */
@ApiExcludeController()
@InGroup('page')
@Controller()
export class DemoPageController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  page(@Res() reply: FastifyReply): void {
    sendPage(reply, this.files.read('demo', 'index.html'));
  }
}
