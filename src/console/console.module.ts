import { Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.js';
import { SignInThrottle } from './sign-in.throttle.js';

/** Signing in to the console; the board of the queues is a module of its own. */
@Module({ controllers: [ConsoleController], providers: [SignInThrottle] })
export class ConsoleModule {}
