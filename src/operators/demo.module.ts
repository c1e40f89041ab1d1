import { Module } from '@nestjs/common';
import { DemoController } from './demo.controller.js';

/** Access for the demo page. */
@Module({ controllers: [DemoController] })
export class DemoModule {}
