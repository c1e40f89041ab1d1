import { PostriderError } from './errors.js';
import type { Link } from './link.js';
import type { Delivery, Home } from './message.js';

/** Owner of the acks. */
export interface AckOwner {
  /** Stores deliveries as handled. @returns a promise only if there is a store to wait for. */
  remember(batch: readonly Delivery[]): void | Promise<void>;
  /** A delivery is stored, and may be forgotten. */
  settled(delivery: Delivery): void;
}

const AGAIN_MS = 1_000;
/** Size of an ack without its topic, traces and offsets, in bytes. */
const FRAME_BYTES = 100;
/** Size of the longest number and its comma, in bytes. */
const OFFSET_BYTES = 17;
/** Size of a trace, its quotes and its comma, in bytes. */
const TRACE_BYTES = 58;

/** Collects handled deliveries, stores them, then acknowledges many of them in one frame. */
export class Acks {
  readonly #link: Link;
  readonly #delayMs: number;
  readonly #owner: AckOwner;
  readonly #dirty = new Set<Home>();
  #finished: Delivery[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;
  #unsent = 0;

  constructor(link: Link, delayMs: number, owner: AckOwner) {
    this.#link = link;
    this.#delayMs = delayMs;
    this.#owner = owner;
  }

  /**
   * Stores a handled delivery at once, together with others of the same tick, and acknowledges it a
   * little later.
   */
  finish(delivery: Delivery): void {
    if (this.#finished.push(delivery) === 1) queueMicrotask(() => this.#write());
  }

  /** Notes that a topic has something to acknowledge. */
  touch(topic: Home): void {
    this.#dirty.add(topic);
    this.#unsent++;
    // Without this, a full window would stall until the timer fires.
    if (this.#unsent * 2 >= (this.#link.welcome?.window ?? Infinity)) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#delayMs);
  }

  /** Stores everything collected so far and, if there is a connection, acknowledges it. */
  async flush(): Promise<void> {
    await this.#write();
    this.#send();
  }

  /** Settles the promise of an ack when the server has stored it. */
  await(delivery: Delivery): void {
    const { closedBy } = this.#link;
    if (closedBy) delivery.awaited?.reject(closedBy);
    else delivery.home.confirming.push(delivery);
  }

  /** Rejects the promises of a topic's acks. */
  giveUp({ confirming }: Home, error: PostriderError): void {
    for (const { awaited } of confirming.splice(0)) awaited?.reject(error);
  }

  #write(): void | Promise<void> {
    if (this.#writing || this.#finished.length === 0) return this.#writing;
    const batch = this.#finished;
    this.#finished = [];
    const settle = (): void => {
      this.#writing = undefined;
      for (const delivery of batch) {
        if (delivery.awaited) this.await(delivery);
        this.#owner.settled(delivery);
      }
    };
    const stored = this.#owner.remember(batch);
    if (!stored) return settle();
    this.#writing = stored.then(() => {
      settle();
      return this.#write();
    });
    return this.#writing;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsent = 0;
    for (const topic of this.#dirty) if (topic.live) void this.#acknowledge(topic);
    this.#dirty.clear();
  }

  async #acknowledge(topic: Home): Promise<void> {
    const { name, position, confirming } = topic;
    const room = (this.#link.welcome?.maxFrameBytes || Infinity) - FRAME_BYTES - name.length;
    const traces = topic.traces.splice(0, room / 2 / TRACE_BYTES);
    const ranges = position?.take((room - traces.length * TRACE_BYTES) / OFFSET_BYTES) ?? [];
    const [first] = ranges;
    if (first && traces.length > 0) first.traceparents = traces;
    const isDone = ({ offset, epoch }: Delivery): boolean => epoch !== position?.epoch || position.isDone(offset);
    const waiting = confirming.filter(isDone);
    topic.confirming = confirming.filter((one) => !isDone(one));
    const last = waiting.length > 0 && ranges.pop();
    for (const range of ranges) this.#link.send('ack', { topic: name, ...range });
    if (waiting.length === 0) return;
    try {
      if (!last) throw new PostriderError('stale_epoch', name);
      await this.#link.ask('ack', { topic: name, ...last });
      for (const { awaited } of waiting) awaited?.resolve();
    } catch (thrown) {
      const error = thrown as PostriderError;
      if (error.retryable) {
        topic.confirming.push(...waiting);
        // Without a connection, the next one repeats it.
        if (topic.live) setTimeout(() => this.#again(topic), AGAIN_MS);
      } else for (const { awaited } of waiting) awaited?.reject(error);
    }
  }

  #again(topic: Home): void {
    topic.position?.again();
    this.touch(topic);
  }
}
