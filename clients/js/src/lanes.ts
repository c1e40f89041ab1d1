import type { Delivery, Handler } from './message.js';
import type { Topic } from './topic.js';

/** What becomes of deliveries whose turn it is. */
export interface LaneEvents {
  isSeen(delivery: Delivery): boolean;
  /** The right to handle it, where it has to be asked for. */
  claim(delivery: Delivery): Promise<(() => void) | undefined> | undefined;
  duplicate(delivery: Delivery): void;
  elsewhere(delivery: Delivery): void;
  returned(delivery: Delivery): void;
  threw(delivery: Delivery, thrown: unknown): void;
  late(delivery: Delivery): void;
}

/** Runs handlers: those of one topic one after another, topics side by side. */
export class Lanes {
  private paused = true;

  constructor(
    private readonly timeoutMs: number,
    private readonly events: LaneEvents,
  ) {}

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Goes on with a topic, as far as that is possible now. */
  pump(topic: Topic): void {
    if (topic.pumping) return;
    topic.pumping = true;
    while (!this.paused && !topic.current && topic.handlers.size > 0) {
      const delivery = topic.queue.shift();
      if (!delivery) break;
      if (this.events.isSeen(delivery)) this.events.duplicate(delivery);
      else this.begin(topic, delivery);
    }
    topic.pumping = false;
  }

  /** Takes out of the queue what has not begun, all of it or what `which` says. */
  clear(topic: Topic, drop: (delivery: Delivery) => void, which: (delivery: Delivery) => boolean = () => true): void {
    const { current } = topic;
    if (current?.stage === 'waiting' && which(current)) drop(current);
    for (const delivery of topic.queue.splice(0)) {
      if (which(delivery)) drop(delivery);
      else topic.queue.push(delivery);
    }
  }

  private begin(topic: Topic, delivery: Delivery): void {
    topic.current = delivery;
    const claim = this.events.claim(delivery);
    if (!claim) return this.run(topic, delivery);
    this.watch(topic, delivery);
    void claim.then((release) => {
      if (delivery.stage === 'over') release?.();
      else if (!release) this.events.elsewhere(delivery);
      else {
        delivery.release = release;
        return this.run(topic, delivery);
      }
      return this.next(topic, delivery);
    });
  }

  private run(topic: Topic, delivery: Delivery): void {
    delivery.stage = 'running';
    try {
      const result = call(topic.handlers as Set<Handler>, delivery);
      if (isThenable(result)) {
        this.watch(topic, delivery);
        result.then(
          () => this.returned(topic, delivery),
          (thrown: unknown) => this.threw(topic, delivery, thrown),
        );
      } else this.returned(topic, delivery);
    } catch (thrown) {
      this.threw(topic, delivery, thrown);
    }
  }

  private returned(topic: Topic, delivery: Delivery): void {
    this.events.returned(delivery);
    this.next(topic, delivery);
  }

  private threw(topic: Topic, delivery: Delivery, thrown: unknown): void {
    this.events.threw(delivery, thrown);
    this.next(topic, delivery);
  }

  private next(topic: Topic, delivery: Delivery): void {
    if (topic.current !== delivery) return;
    topic.current = undefined;
    this.pump(topic);
  }

  /** One timer a topic, which follows whoever is on: not one for each message. */
  private watch(topic: Topic, delivery: Delivery): void {
    delivery.startedAt = Date.now();
    topic.timer ??= setTimeout(() => this.check(topic), this.timeoutMs);
  }

  private check(topic: Topic): void {
    topic.timer = undefined;
    const { current } = topic;
    if (!current) return;
    const leftMs = current.startedAt + this.timeoutMs - Date.now();
    if (leftMs > 0) {
      topic.timer = setTimeout(() => this.check(topic), leftMs);
      return;
    }
    // One that waits for another tab is not late itself.
    if (current.stage === 'running') {
      current.stage = 'late';
      this.events.late(current);
    }
    this.next(topic, current);
  }
}

function call(handlers: Set<Handler>, delivery: Delivery): unknown {
  if (handlers.size > 1) return Promise.all([...handlers].map(async (handler) => handler(delivery)));
  for (const handler of handlers) return handler(delivery);
  return undefined;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
