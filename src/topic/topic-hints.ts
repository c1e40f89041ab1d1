import { Injectable } from '@nestjs/common';
import { EventLogger } from '../observability/event-logger.js';
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
  /** Hints by channel: those for one node, which are sent first, and those for all. */
  private forOne = new Map<string, string[]>();
  private forAll = new Map<string, string[]>();
  private scheduled = false;
  private node = '';
  private readonly handlers: HintHandlers = {};
  private readonly logger = new EventLogger(TopicHints.name);

  constructor(private readonly bus: RedisBus) {}

  /**
   * Announces confirmed entries in the order of their offsets. If only one session is connected,
   * only its node needs to know.
   * @param at node of the only connected session, '' if there are several.
   */
  appended({ name, epoch, offset, entries }: AppendNews, at: string): void {
    const hint = { kind: 'appended', name, epoch, offset, entries } as const;
    if (at !== '' && at === this.node) return this.handlers.appended?.(hint);
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    if (bytes > MAX_HINT_BYTES) this.grown(name, epoch, offset + entries.length - 1, at);
    else this.publish(name, hint, at);
  }

  /** Announces that the log is confirmed up to `head`; nodes that need the entries read them. */
  grown(name: string, epoch: string, head: number, at: string): void {
    this.publish(name, { kind: 'appended', name, epoch, offset: head, entries: [] }, at);
  }

  again(name: string, epoch: string, offsets: readonly Again[]): void {
    if (offsets.length > 0) this.publish(name, { kind: 'again', name, epoch, offsets });
  }

  /** Announces deliveries that ended otherwise than by acks, and logs them. */
  ended(name: string, epoch: string, ends: readonly End[]): void {
    if (ends.length === 0) return;
    this.publish(name, { kind: 'ended', name, epoch, offsets: ends });
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
   * @param node this node, as the holder of its sessions.
   * @param onInterrupted called when hints may have been missed.
   */
  listen(node: string, onInterrupted: () => void): Promise<void> {
    this.node = node;
    return this.bus.listen(
      node,
      (message) => {
        for (const hint of decodeHints(message)) this.receive(hint);
      },
      onInterrupted,
    );
  }

  private receive(hint: Hint): void {
    const { handlers } = this;
    if (hint.kind === 'appended') handlers.appended?.(hint);
    else if (hint.kind === 'again') handlers.again?.(hint);
    else if (hint.kind === 'ended') handlers.ended?.(hint);
    else if (hint.kind === 'session') handlers.session?.(hint);
    else handlers.revoked?.(hint);
  }

  /**
   * Combines the hints of one turn of the event loop into one message for each channel.
   * @param home name of the topic, or partition.
   * @param node the only node that needs the hint, '' for all.
   */
  private publish(home: string | number, hint: Hint, node = ''): void {
    const channel = this.bus.channelOf(home, node);
    const outbox = node === '' ? this.forAll : this.forOne;
    const waiting = outbox.get(channel);
    if (waiting) waiting.push(encodeHint(hint));
    else outbox.set(channel, [encodeHint(hint)]);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => this.send());
  }

  /** The end of a delivery is for all: it must not overtake the append, which may be for one. */
  private send(): void {
    this.scheduled = false;
    const { forOne, forAll } = this;
    if (forOne.size > 0) this.forOne = new Map();
    if (forAll.size > 0) this.forAll = new Map();
    for (const outbox of [forOne, forAll]) {
      for (const [channel, lines] of outbox) this.bus.publish(channel, lines.join('\n'));
    }
  }
}
