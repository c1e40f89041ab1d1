import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InGroup } from '../http/route-group.js';
import { sendFile } from './page-answer.js';
import { PageFiles } from './page-files.js';

/** Asset names change with their content. */
const ASSET_HEADERS = {
  'Cache-Control': 'public, max-age=31536000, immutable',
  'X-Content-Type-Options': 'nosniff',
};

/** Serves scripts and styles of the pages. */
@ApiExcludeController()
@InGroup('page')
@Controller('assets')
export class AssetController {
  constructor(private readonly files: PageFiles) {}

  @Get(':file')
  asset(@Param('file') name: string, @Res() reply: FastifyReply): void {
    sendFile(reply, name, this.files.read('assets', name), ASSET_HEADERS);
  }
}
