import { Module } from '@nestjs/common';
import { DemoPageController } from './demo-page.controller.js';
import { DemoController } from './demo.controller.js';
import { PageFilesModule } from './page-files.module.js';

/** The demo at `/`: its page, and access for its visitors. */
@Module({ imports: [PageFilesModule], controllers: [DemoController, DemoPageController] })
export class DemoModule {}
