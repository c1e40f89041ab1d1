import { Controller, Get, type OnModuleInit, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { NodeSettings } from '../config/settings.js';
import { InGroup } from '../http/route-group.js';
import { sendPage } from './page-answer.js';
import { PageFiles } from './page-files.js';

/** Serves the page of the console. */
@ApiExcludeController()
@InGroup('operators')
@Controller('console')
export class ConsolePageController implements OnModuleInit {
  constructor(
    private readonly files: PageFiles,
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly settings: NodeSettings,
  ) {}

  /** Redirects paths with a trailing slash, which Nest does not match. */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    const options = { config: { postrider: 'operators' } } as const;
    fastify.get('/console/', options, (_request, reply) => reply.redirect(`${this.settings.publicPath}/console`, 308));
  }

  @Get()
  page(@Res() reply: FastifyReply): void {
    sendPage(reply, this.files.read('console', 'index.html'));
  }
}
