import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Mail } from './mail.js';

/** Stand-in for a mail server. */
@Injectable()
export class Outbox extends EventEmitter<{ sent: [Mail] }> {
  send(mail: Mail): void {
    this.emit('sent', mail);
  }
}
