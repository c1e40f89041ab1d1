import { Module } from '@nestjs/common';
import { PageController } from './page.controller.js';
import { PageFiles } from './page-files.js';

/**
 * Pages: the demo at `/`, the console at `/console`, their assets, and the client SDK for other
 * pages.
 */
@Module({ controllers: [PageController], providers: [PageFiles] })
export class PageModule {}
