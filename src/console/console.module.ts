import { Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { ConsoleController } from './console.controller.js';
import { QueueBoard } from './queue.board.js';
import { SignInThrottle } from './sign-in.throttle.js';

/** What only operators reach: signing in to the console, and the board of the queues. */
@Module({ imports: [QueueModule], controllers: [ConsoleController], providers: [SignInThrottle, QueueBoard] })
export class ConsoleModule {}
