import { PostriderError } from './errors.js';
import type { Frame } from './frames.js';
import type { Delivery, Home } from './message.js';

/** What acks need of the client around them. */
export interface AckPort {
  readonly ackDelayMs: number;
  /** Most unacknowledged notifications of a topic. */
  window(): number;
  /** Makes ids survive; nothing to wait for where there is no promise. */
  remember(ids: readonly string[]): void | Promise<void>;
  /** Ids are safe: the deliveries may be forgotten. */
  settled(batch: readonly Delivery[]): void;
  request(event: string, data: unknown): { frame: Frame; answer: Promise<unknown> };
  send(frames: Frame[]): void;
}

const AGAIN_MS = 1_000;

/** Gathers what was handled, has it remembered, then acknowledges it: many notifications by one frame. */
export class Acks {
  private finished: Delivery[] = [];
  private readonly dirty = new Set<Home>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> | undefined;

  constructor(private readonly port: AckPort) {}

  /** Handled: to be remembered and acknowledged. */
  finish(delivery: Delivery): void {
    this.finished.push(delivery);
    this.schedule();
  }

  /** The topic has something to acknowledge that is remembered already. */
  touch(topic: Home): void {
    this.dirty.add(topic);
    this.schedule();
  }

  /** Everything so far is remembered and, where there is a connection, acknowledged. */
  flush(): void | Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writing) return this.writing;
    const batch = this.finished;
    if (batch.length === 0) return this.send();
    this.finished = [];
    const written = this.port.remember(batch.map(({ id }) => id));
    if (!written) return this.settle(batch);
    this.writing = written.then(() => {
      this.writing = undefined;
      this.settle(batch);
      return this.finished.length > 0 ? this.flush() : undefined;
    });
    return this.writing;
  }

  /** Nobody will be told any more. */
  abort(topics: Iterable<Home>, error: PostriderError): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const topic of topics) for (const { confirm } of topic.confirming.splice(0)) confirm?.reject(error);
  }

  private schedule(): void {
    // A full window would stand still until the timer is due.
    if (this.finished.length * 2 >= this.port.window()) void this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.port.ackDelayMs);
  }

  private settle(batch: readonly Delivery[]): void {
    for (const delivery of batch) {
      for (const [position, offset, topic] of delivery.places) {
        position.done(offset, delivery.id);
        this.dirty.add(topic);
      }
      if (delivery.confirm) delivery.home.confirming.push(delivery);
    }
    this.port.settled(batch);
    this.send();
  }

  private send(): void {
    const frames: Frame[] = [];
    for (const topic of this.dirty) if (topic.live) frames.push(...this.framesOf(topic));
    this.dirty.clear();
    if (frames.length > 0) this.port.send(frames);
  }

  private framesOf(topic: Home): Frame[] {
    const { name, position, confirming } = topic;
    const frames = (position?.take() ?? []).map((range): Frame => ({ event: 'ack', data: { topic: name, ...range } }));
    if (confirming.length === 0) return frames;
    const waiting = confirming.splice(0);
    const last = frames.pop();
    if (!last) {
      const error = new PostriderError('stale_epoch', 'The topic was reset: there is nothing left to acknowledge.');
      for (const { confirm } of waiting) confirm?.reject(error);
      return frames;
    }
    const { frame, answer } = this.port.request('ack', last.data);
    answer.then(
      () => waiting.forEach(({ confirm }) => confirm?.resolve()),
      (error: PostriderError) => this.unconfirmed(topic, waiting, error),
    );
    return [...frames, frame];
  }

  private unconfirmed(topic: Home, waiting: Delivery[], error: PostriderError): void {
    if (!error.retryable) return waiting.forEach(({ confirm }) => confirm?.reject(error));
    topic.confirming.unshift(...waiting);
    if (!topic.live) return;
    setTimeout(() => {
      topic.position?.again();
      this.touch(topic);
    }, AGAIN_MS);
  }
}
