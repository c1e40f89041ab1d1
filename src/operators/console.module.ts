import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { AdminSignIn } from './admin-sign-in.js';
import { ConsoleController } from './console.controller.js';
import { WatchTokens } from './watch-tokens.js';

/** Signing in to the console; the board of the queues is a module of its own. */
@Module({
  imports: [LimitsModule],
  controllers: [ConsoleController],
  providers: [AdminSignIn, WatchTokens],
})
export class ConsoleModule {}
