import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { DemoPageController } from './demo-page.controller.js';
import { DemoController } from './demo.controller.js';
import { PageFilesModule } from './page-files.module.js';

/** Demo at `/`: its page, and access to it. */
@Module({ imports: [ClockModule, PageFilesModule], controllers: [DemoController, DemoPageController] })
export class DemoModule {}
