import { Module } from '@nestjs/common';
import { DemoPageController } from './demo-page.controller.js';
import { DemoController } from './demo.controller.js';
import { PageFilesModule } from './page-files.module.js';

/** Demo at `/`: its page, and access to it. */
@Module({ imports: [PageFilesModule], controllers: [DemoController, DemoPageController] })
export class DemoModule {}
