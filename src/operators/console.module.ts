import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { AdminSignIn } from './admin-sign-in.js';
import { ConsolePageController } from './console-page.controller.js';
import { ConsoleController } from './console.controller.js';
import { PageFilesModule } from './page-files.module.js';
import { WatchTokens } from './watch-tokens.js';

/** Console at `/console`: its page and the sign-in. The queue board is a module of its own. */
@Module({
  imports: [ClockModule, LimitsModule, PageFilesModule],
  controllers: [ConsoleController, ConsolePageController],
  providers: [AdminSignIn, WatchTokens],
})
export class ConsoleModule {}
