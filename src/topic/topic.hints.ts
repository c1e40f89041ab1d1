import { Injectable } from '@nestjs/common';
import { EventLog } from '../observability/event.log.js';
import { partitionOf } from '../redis/partition.js';
import { RedisBus } from '../redis/redis.bus.js';
import { type Again, type Hint, decodeHints, encodeHint } from './hint.codec.js';
import type { End } from './topic.limits.js';
import { SYSTEM_APP } from './topic.name.js';
import { partsOf } from './topic.namespaces.js';

/** Bytes of entries that travel in one hint; larger ones are read from the log by the nodes that need them. */
const MAX_HINT_BYTES = 65_536;

/** Tells the other nodes that something changed; what was not heard is found in the logs. */
@Injectable()
export class TopicHints {
  private outbox = new Map<number, string[]>();
  private scheduled = false;
  private readonly logger = new EventLog(TopicHints.name);

  constructor(private readonly bus: RedisBus) {}

  /** Entries that are confirmed, in the order of their offsets from `offset` on. */
  appended(name: string, epoch: string, offset: number, entries: string[]): void {
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    if (bytes > MAX_HINT_BYTES) this.grown(name, epoch, offset + entries.length - 1);
    else this.publish(partitionOf(name), { kind: 'appended', name, epoch, offset, entries });
  }

  /** The log is confirmed up to `head`; whoever needs the entries reads them. */
  grown(name: string, epoch: string, head: number): void {
    this.publish(partitionOf(name), { kind: 'appended', name, epoch, offset: head, entries: [] });
  }

  again(name: string, epoch: string, offsets: Again[]): void {
    if (offsets.length > 0) this.publish(partitionOf(name), { kind: 'again', name, epoch, offsets });
  }

  /** What has ended otherwise than by acks; whoever ended it tells the log. */
  ended(name: string, epoch: string, ends: End[]): void {
    if (ends.length === 0) return;
    this.publish(partitionOf(name), { kind: 'ended', name, epoch, offsets: ends });
    const { app, topic } = partsOf(name);
    // Samples expire all the time.
    if (app === SYSTEM_APP) return;
    for (const { offset, reason, cause, notification } of ends) {
      this.logger.tell(`delivery_${reason}`, { app, topic, epoch, offset, notification, reason: cause });
    }
  }

  session(partition: number, session: string, generation: number, why: 'taken' | 'ended'): void {
    this.publish(partition, { kind: 'session', session, generation, why });
  }

  /** The list of revoked tokens has changed: whoever lets sockets in reads it. */
  revoked(): void {
    this.publish(0, { kind: 'revoked' });
  }

  /** @param onInterrupted called when hints may have been missed. */
  listen(receive: (hint: Hint) => void, onInterrupted: () => void): Promise<void> {
    return this.bus.listen((message) => decodeHints(message).forEach(receive), onInterrupted);
  }

  /** Hints of one turn of the event loop travel together, one message a channel. */
  private publish(partition: number, hint: Hint): void {
    const channel = this.bus.channelOf(partition);
    const waiting = this.outbox.get(channel);
    if (waiting) waiting.push(encodeHint(hint));
    else this.outbox.set(channel, [encodeHint(hint)]);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      const ready = this.outbox;
      this.outbox = new Map();
      for (const [channel, lines] of ready) this.bus.publish(channel, lines.join('\n'));
    });
  }
}
