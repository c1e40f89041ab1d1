import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { ConsoleController } from './console.controller.js';

/** Signing in to the console; the board of the queues is a module of its own. */
@Module({ imports: [LimitsModule], controllers: [ConsoleController] })
export class ConsoleModule {}
