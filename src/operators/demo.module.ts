import { Module } from '@nestjs/common';
import { DemoController } from './demo.controller.js';

/** Stages for the demo page. */
@Module({ controllers: [DemoController] })
export class DemoModule {}
