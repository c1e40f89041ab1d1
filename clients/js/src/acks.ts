import { PostriderError } from './errors.js';
import type { Link } from './link.js';
import type { Delivery, Home } from './message.js';

/** The owner of the acks. */
export interface AckOwner {
  /** Makes them survive; nothing to wait for where there is no promise. */
  remember(batch: readonly Delivery[]): void | Promise<void>;
  /** They are remembered, and may be forgotten. */
  settled(delivery: Delivery): void;
}

const AGAIN_MS = 1_000;
/** Bytes of an ack without its topic, traces and offsets. */
const FRAME_BYTES = 100;
/** The longest number and its comma. */
const OFFSET_BYTES = 17;
/** A trace, its quotes and its comma. */
const TRACE_BYTES = 58;

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

  /** Keeps the promise of an ack, once the server has it. */
  await(delivery: Delivery): void {
    const { closedBy } = this.link;
    if (closedBy) delivery.awaited?.reject(closedBy);
    else delivery.home.confirming.push(delivery);
  }

  /** Rejects the promises of a topic's acks. */
  giveUp({ confirming }: Home, error: PostriderError): void {
    for (const { awaited } of confirming.splice(0)) awaited?.reject(error);
  }

  private write(): void | Promise<void> {
    if (this.writing || this.finished.length === 0) return this.writing;
    const batch = this.finished;
    this.finished = [];
    const settle = (): void => {
      this.writing = undefined;
      for (const delivery of batch) {
        if (delivery.awaited) this.await(delivery);
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
    const room = (this.link.welcome?.maxFrameBytes || Infinity) - FRAME_BYTES - name.length;
    const traces = topic.traces.splice(0, room / 2 / TRACE_BYTES);
    const ranges = position?.take((room - traces.length * TRACE_BYTES) / OFFSET_BYTES) ?? [];
    const [first] = ranges;
    if (first && traces.length > 0) first.traceparents = traces;
    const told = { topic: name };
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
