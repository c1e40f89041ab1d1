import { Injectable } from '@nestjs/common';
import { EventLogger } from '../observability/event-logger.js';
import { partitionOf } from '../contract/partition.js';
import { RedisBus } from '../redis/redis-bus.js';
import { type Again, type Hint, decodeHints, encodeHint } from './hint-codec.js';
import type { End } from './ending.js';
import { isObserved, partsOf } from './topic-namespaces.js';

/** Maximum bytes of entries in one hint; nodes that need larger ones read the log. */
const MAX_HINT_BYTES = 65_536;

/** Handlers of hints, by kind. */
export type HintHandlers = {
  [Kind in Hint['kind']]?: (hint: Extract<Hint, { kind: Kind }>) => void;
};

/** Entries with consecutive offsets, from `offset` on. */
export type AppendNews = Omit<Extract<Hint, { kind: 'appended' }>, 'kind'>;

/** Sends hints of changes to the other nodes. A lost hint is made up for by reading the logs. */
@Injectable()
export class TopicHints {
  private outbox = new Map<number, string[]>();
  private scheduled = false;
  private holder = '';
  private readonly handlers: HintHandlers = {};
  private readonly logger = new EventLogger(TopicHints.name);

  constructor(private readonly bus: RedisBus) {}

  /**
   * Announces confirmed entries in the order of their offsets. If the only session that is connected is
   * on this node, no other node needs to know.
   * @param at holder of the only session that is connected, '' if there are several.
   */
  appended({ name, epoch, offset, entries }: AppendNews, at: string): void {
    const hint = { kind: 'appended', name, epoch, offset, entries } as const;
    if (at !== '' && at === this.holder) return this.handlers.appended?.(hint);
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    if (bytes > MAX_HINT_BYTES) this.grown(name, epoch, offset + entries.length - 1);
    else this.publish(partitionOf(name), hint);
  }

  /** Announces that the log is confirmed up to `head`; nodes that need the entries read them. */
  grown(name: string, epoch: string, head: number): void {
    this.publish(partitionOf(name), { kind: 'appended', name, epoch, offset: head, entries: [] });
  }

  again(name: string, epoch: string, offsets: readonly Again[]): void {
    if (offsets.length > 0) this.publish(partitionOf(name), { kind: 'again', name, epoch, offsets });
  }

  /** Announces deliveries that ended otherwise than by acks, and logs them. */
  ended(name: string, epoch: string, ends: readonly End[]): void {
    if (ends.length === 0) return;
    this.publish(partitionOf(name), { kind: 'ended', name, epoch, offsets: ends });
    if (!isObserved(name)) return;
    const { app, topic } = partsOf(name);
    for (const { offset, reason, cause, notification } of ends) {
      this.logger.event(`delivery_${reason}`, { app, topic, epoch, offset, notification, reason: cause });
    }
  }

  session(partition: number, session: string, generation: number, why: 'taken' | 'ended'): void {
    this.publish(partition, { kind: 'session', session, generation, why });
  }

  /** Announces that the list of revocations has changed; gateways reload it. */
  revoked(): void {
    this.publish(0, { kind: 'revoked' });
  }

  /** Registers handlers of hints, called once this node listens. Each kind has one handler. */
  on(handlers: HintHandlers): void {
    Object.assign(this.handlers, handlers);
  }

  /**
   * @param holder this node, as the holder of its sessions.
   * @param onInterrupted called when hints may have been missed.
   */
  listen(holder: string, onInterrupted: () => void): Promise<void> {
    this.holder = holder;
    return this.bus.listen((message) => {
      for (const hint of decodeHints(message)) this.receive(hint);
    }, onInterrupted);
  }

  private receive(hint: Hint): void {
    const { handlers } = this;
    if (hint.kind === 'appended') handlers.appended?.(hint);
    else if (hint.kind === 'again') handlers.again?.(hint);
    else if (hint.kind === 'ended') handlers.ended?.(hint);
    else if (hint.kind === 'session') handlers.session?.(hint);
    else handlers.revoked?.(hint);
  }

  /** Combines the hints of one turn of the event loop into one message for each channel. */
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
