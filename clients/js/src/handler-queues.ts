import { now } from './clock.js';
import type { Delivery, Handler } from './message.js';
import type { Topic } from './topic.js';

/** Maximum number of notifications whose successful handlers are remembered. */
const MAX_PARTS = 1_000;

/** Owner of the deliveries. */
export interface HandlerOwner {
  /** True if the application has handled it before. */
  isKnown(delivery: Delivery): boolean;
  /** Requests the right to handle a delivery, if one is needed. */
  claim(delivery: Delivery): Promise<(() => void) | undefined> | undefined;
  /** Another tab has handled it. */
  elsewhere(delivery: Delivery): void;
  returned(delivery: Delivery): void;
  threw(delivery: Delivery, thrown: unknown): void;
  late(delivery: Delivery): void;
}

/** Runs handlers: one at a time per topic, topics in parallel. */
export class HandlerQueues {
  /** True while no handler may start. */
  halted = true;
  readonly #timeoutMs: number;
  readonly #owner: HandlerOwner;
  /** Handlers that succeeded with a notification that others failed to handle. */
  readonly #parts = new Map<string, Set<Handler<never>>>();

  constructor(timeoutMs: number, owner: HandlerOwner) {
    this.#timeoutMs = timeoutMs;
    this.#owner = owner;
  }

  /** Runs a topic's deliveries as far as possible. */
  pump(topic: Topic): void {
    if (topic.pumping) return;
    topic.pumping = true;
    while (!this.halted && !topic.current && topic.handlers.size > 0) {
      const delivery = topic.backlog.shift();
      if (!delivery) break;
      if (this.#owner.isKnown(delivery)) continue;
      topic.current = delivery;
      this.#claim(topic, delivery);
    }
    topic.pumping = false;
  }

  /** Drops deliveries that have not started: all of `held`, or those that `which` selects. */
  clear(
    topic: Topic,
    held: Iterable<Delivery>,
    drop: (delivery: Delivery) => void,
    which: (delivery: Delivery) => boolean = () => true,
  ): void {
    const { current } = topic;
    const isClaiming = current?.stage === 'waiting';
    for (const delivery of held) {
      if (delivery.home === topic && delivery.stage === 'waiting' && which(delivery)) drop(delivery);
    }
    topic.backlog = topic.backlog.filter(({ stage }) => stage === 'waiting');
    if (isClaiming && current.stage === 'over') this.#next(topic, current);
  }

  /**
   * Claims a repeated notification again if another tab has held it for longer than a handler may
   * take.
   */
  takeOver(delivery: Delivery): void {
    const { stage, again, startedAt } = delivery;
    if (stage !== 'waiting' || !again || !startedAt || now() < startedAt + this.#timeoutMs) return;
    delivery.again = false;
    delivery.turn++;
    this.#claim(delivery.home as Topic, delivery);
  }

  #claim(topic: Topic, delivery: Delivery): void {
    const claim = this.#owner.claim(delivery);
    if (!claim) return this.#run(topic, delivery);
    this.#watch(topic, delivery);
    void claim.then((letGo) => {
      const { stage, letGo: letGoBefore } = delivery;
      if (stage === 'over') return letGo?.();
      delivery.letGo = () => {
        letGoBefore?.();
        letGo?.();
      };
      if (stage !== 'waiting') return undefined;
      if (letGo) return this.#run(topic, delivery);
      this.#owner.elsewhere(delivery);
      return this.#next(topic, delivery);
    });
  }

  #run(topic: Topic, delivery: Delivery): void {
    delivery.stage = 'running';
    const { id, message } = delivery;
    const done = this.#parts.get(id) ?? new Set();
    const errors: unknown[] = [];
    const failed = (thrown: unknown): void => void errors.push(thrown);
    const pending: PromiseLike<unknown>[] = [];
    // A handler added in the meantime starts with the next message.
    const handlers = [...topic.handlers];
    for (const handler of handlers) {
      if (done.has(handler)) continue;
      try {
        const result = (handler as Handler)(message) as PromiseLike<unknown> | undefined;
        if (typeof result?.then === 'function') pending.push(result.then(() => done.add(handler), failed));
        else done.add(handler);
      } catch (thrown) {
        failed(thrown);
      }
    }
    const settled = (): void => this.#settle(topic, delivery, done, errors);
    if (pending.length === 0) return settled();
    this.#watch(topic, delivery);
    void Promise.all(pending).then(settled);
  }

  /** Gives the notification again to the handlers that failed, once all have ended. */
  #settle(topic: Topic, delivery: Delivery, done: Set<Handler<never>>, errors: readonly unknown[]): void {
    this.#parts.delete(delivery.id);
    if (errors.length === 0) this.#owner.returned(delivery);
    else if (done.size > 0) this.#parts.set(delivery.id, done);
    for (const error of errors) this.#owner.threw(delivery, error);
    const [oldest = ''] = this.#parts.keys();
    if (this.#parts.size > MAX_PARTS) this.#parts.delete(oldest);
    this.#next(topic, delivery);
  }

  #next(topic: Topic, delivery: Delivery): void {
    if (topic.current !== delivery) return;
    topic.current = undefined;
    this.pump(topic);
    if (topic.current) return;
    // A timer without a purpose would keep a program from exiting.
    clearTimeout(topic.timer);
    topic.timer = undefined;
  }

  /** Sets the topic's timer. There is one per topic, not one per message. */
  #watch(topic: Topic, delivery: Delivery): void {
    delivery.startedAt = now();
    if (topic.current === delivery) topic.timer ??= setTimeout(() => this.#check(topic), this.#timeoutMs);
  }

  #check(topic: Topic): void {
    topic.timer = undefined;
    const { current } = topic;
    if (!current) return;
    const leftMs = current.startedAt + this.#timeoutMs - now();
    if (leftMs > 0) {
      topic.timer = setTimeout(() => this.#check(topic), leftMs);
      return;
    }
    // A delivery that waits for another tab is not late itself.
    if (current.stage === 'running') {
      current.stage = 'late';
      this.#owner.late(current);
    }
    this.#next(topic, current);
    this.takeOver(current);
  }
}
