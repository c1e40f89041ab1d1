import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InGroup } from '../http/route-group.js';
import { sendFile } from './page-answer.js';
import { PageFiles } from './page-files.js';

/** Pages of other hosts may import the client, which holds nothing private. */
const CLIENT_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
};

/** Serves the client SDK to pages without a bundler. */
@ApiExcludeController()
@InGroup('page')
@Controller('client')
export class ClientController {
  constructor(private readonly files: PageFiles) {}

  @Get(':file')
  client(@Param('file') name: string, @Res() reply: FastifyReply): void {
    sendFile(reply, name, this.files.read('client', name), CLIENT_HEADERS);
  }
}
