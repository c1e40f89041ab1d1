import { PostriderError } from './errors.js';
import type { Link } from './link.js';
import type { Delivery, Home } from './message.js';

/** Whose acks they are. */
export interface AckOwner {
  /** Makes them survive; nothing to wait for where there is no promise. */
  remember(batch: readonly Delivery[]): void | Promise<void>;
  /** They are remembered, and may be forgotten. */
  settled(delivery: Delivery): void;
}

const AGAIN_MS = 1_000;

/** Gathers what was handled, has it remembered, then acknowledges it: many notifications by one frame. */
export class Acks {
  private finished: Delivery[] = [];
  private readonly dirty = new Set<Home>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> | undefined;
  private unsent = 0;

  constructor(
    private readonly link: Link,
    private readonly delayMs: number,
    private readonly owner: AckOwner,
  ) {}

  /** Handled: to be remembered at once, together with what is handled in the same go, and acknowledged a little later. */
  finish(delivery: Delivery): void {
    if (this.finished.push(delivery) === 1) queueMicrotask(() => this.write());
  }

  /** The topic has something to acknowledge that is remembered already. */
  touch(topic: Home): void {
    this.dirty.add(topic);
    // A full window would stand still until the timer is due.
    if (++this.unsent * 2 >= (this.link.welcome?.window ?? Infinity)) this.send();
    else this.timer ??= setTimeout(() => this.send(), this.delayMs);
  }

  /** Everything so far is remembered and, where there is a connection, acknowledged. */
  async flush(): Promise<void> {
    await this.write();
    this.send();
  }

  /** Nobody will be told any more. */
  giveUp(topics: Iterable<Home>, error: PostriderError): void {
    for (const { confirming } of topics) for (const { awaited } of confirming.splice(0)) awaited?.reject(error);
  }

  private write(): void | Promise<void> {
    if (this.writing || this.finished.length === 0) return this.writing;
    const batch = this.finished;
    this.finished = [];
    const settle = (): void => {
      this.writing = undefined;
      for (const delivery of batch) {
        if (delivery.awaited) delivery.home.confirming.push(delivery);
        this.owner.settled(delivery);
      }
    };
    this.writing = this.owner.remember(batch)?.then(() => {
      settle();
      return this.write();
    });
    return this.writing ?? settle();
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.unsent = 0;
    for (const topic of this.dirty) if (topic.live) void this.acknowledge(topic);
    this.dirty.clear();
  }

  private async acknowledge(topic: Home): Promise<void> {
    const { name, position, confirming } = topic;
    const ranges = position?.take() ?? [];
    const traces = topic.traces.splice(0);
    const told = { topic: name, traceparents: traces.length > 0 ? traces : undefined };
    const isDone = ({ offset, epoch }: Delivery): boolean => epoch !== position?.epoch || position.isDone(offset);
    const waiting = confirming.filter(isDone);
    topic.confirming = confirming.filter((one) => !isDone(one));
    const last = waiting.length > 0 && ranges.pop();
    for (const range of ranges) this.link.send('ack', { ...told, ...range });
    if (waiting.length === 0) return;
    try {
      if (!last) throw new PostriderError('stale_epoch', 'reset');
      await this.link.ask('ack', { ...told, ...last });
      for (const { awaited } of waiting) awaited?.resolve();
    } catch (thrown) {
      const error = thrown as PostriderError;
      if (error.retryable) {
        topic.confirming.push(...waiting);
        // Without a connection it is asked again when there is one.
        if (topic.live) setTimeout(() => this.again(topic), AGAIN_MS);
      } else for (const { awaited } of waiting) awaited?.reject(error);
    }
  }

  private again(topic: Home): void {
    topic.position?.again();
    this.touch(topic);
  }
}
