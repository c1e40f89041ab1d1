import type { Delivery, Handler } from './message.js';
import type { Topic } from './topic.js';

/** Whose deliveries they are: told what becomes of them. */
export interface LaneOwner {
  /** The application has handled it before. */
  isKnown(delivery: Delivery): boolean;
  /** The right to handle it, where it has to be asked for. */
  claim(delivery: Delivery): Promise<(() => void) | undefined> | undefined;
  /** Another tab has handled it. */
  elsewhere(delivery: Delivery): void;
  returned(delivery: Delivery): void;
  threw(delivery: Delivery, thrown: unknown): void;
  late(delivery: Delivery): void;
}

/** Runs handlers: those of one topic one after another, topics side by side. */
export class Lanes {
  /** Nothing begins. */
  halted = true;

  constructor(
    private readonly timeoutMs: number,
    private readonly owner: LaneOwner,
  ) {}

  /** Goes on with a topic, as far as that is possible now. */
  pump(topic: Topic): void {
    if (topic.pumping) return;
    topic.pumping = true;
    while (!this.halted && !topic.current && topic.handlers.size > 0) {
      const delivery = topic.backlog.shift();
      if (!delivery) break;
      if (!this.owner.isKnown(delivery)) this.begin(topic, delivery);
    }
    topic.pumping = false;
  }

  /** Takes out what has not begun, all of it or what `which` says. */
  clear(topic: Topic, drop: (delivery: Delivery) => void, which: (delivery: Delivery) => boolean = () => true): void {
    const { current } = topic;
    if (current?.stage === 'waiting' && which(current)) drop(current);
    for (const delivery of topic.backlog.splice(0)) {
      if (which(delivery)) drop(delivery);
      else topic.backlog.push(delivery);
    }
  }

  private begin(topic: Topic, delivery: Delivery): void {
    topic.current = delivery;
    const claim = this.owner.claim(delivery);
    if (!claim) return this.run(topic, delivery);
    this.watch(topic, delivery);
    void claim.then((letGo) => {
      delivery.letGo = letGo;
      if (delivery.stage === 'over') letGo?.();
      else if (letGo) return this.run(topic, delivery);
      else this.owner.elsewhere(delivery);
      return this.next(topic, delivery);
    });
  }

  private run(topic: Topic, delivery: Delivery): void {
    delivery.stage = 'running';
    const ended = (): void => {
      this.owner.returned(delivery);
      this.next(topic, delivery);
    };
    const failed = (thrown: unknown): void => {
      this.owner.threw(delivery, thrown);
      this.next(topic, delivery);
    };
    try {
      const result = call(topic.handlers as Set<Handler>, delivery) as PromiseLike<unknown> | undefined;
      if (typeof result?.then !== 'function') return ended();
      this.watch(topic, delivery);
      result.then(ended, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  private next(topic: Topic, delivery: Delivery): void {
    if (topic.current !== delivery) return;
    topic.current = undefined;
    this.pump(topic);
    if (topic.current) return;
    // A timer that nobody needs would keep a program from ending.
    clearTimeout(topic.timer);
    topic.timer = undefined;
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
      this.owner.late(current);
    }
    this.next(topic, current);
  }
}

function call(handlers: Set<Handler>, delivery: Delivery): unknown {
  if (handlers.size > 1) return Promise.all([...handlers].map(async (handler) => handler(delivery)));
  for (const handler of handlers) return handler(delivery);
  return undefined;
}
