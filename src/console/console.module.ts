import { Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.js';
import { SignInThrottle } from './sign-in.throttle.js';

/** What only operators reach: signing in to the console. */
@Module({ controllers: [ConsoleController], providers: [SignInThrottle] })
export class ConsoleModule {}
