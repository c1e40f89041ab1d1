import type { Delivery, Handler } from './message.js';
import type { Topic } from './topic.js';

/** Most notifications of which that is known. */
const MAX_PARTS = 1_000;

/** The owner of the deliveries, told what becomes of them. */
export interface HandlerOwner {
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
export class HandlerQueues {
  /** Nothing begins. */
  halted = true;
  /** The handlers that are through with a notification that others have failed with. */
  private readonly parts = new Map<string, Set<Handler<never>>>();

  constructor(
    private readonly timeoutMs: number,
    private readonly owner: HandlerOwner,
  ) {}

  /** Goes on with a topic, as far as that is possible now. */
  pump(topic: Topic): void {
    if (topic.pumping) return;
    topic.pumping = true;
    while (!this.halted && !topic.current && topic.handlers.size > 0) {
      const delivery = topic.backlog.shift();
      if (!delivery) break;
      if (this.owner.isKnown(delivery)) continue;
      topic.current = delivery;
      this.claim(topic, delivery);
    }
    topic.pumping = false;
  }

  /** Takes out what has not begun of what is `held`, all of it or what `which` says. */
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
    if (isClaiming && current.stage === 'over') this.next(topic, current);
  }

  /** Asks for another right to a notification that comes again while another tab has had it for longer than a handler may take. */
  takeOver(delivery: Delivery): void {
    const { stage, again, startedAt } = delivery;
    if (stage !== 'waiting' || !again || !startedAt || performance.now() < startedAt + this.timeoutMs) return;
    delivery.again = false;
    delivery.turn++;
    this.claim(delivery.home as Topic, delivery);
  }

  private claim(topic: Topic, delivery: Delivery): void {
    const claim = this.owner.claim(delivery);
    if (!claim) return this.run(topic, delivery);
    this.watch(topic, delivery);
    void claim.then((letGo) => {
      const { stage, letGo: letGoBefore } = delivery;
      if (stage === 'over') return letGo?.();
      delivery.letGo = () => {
        letGoBefore?.();
        letGo?.();
      };
      if (stage !== 'waiting') return undefined;
      if (letGo) return this.run(topic, delivery);
      this.owner.elsewhere(delivery);
      return this.next(topic, delivery);
    });
  }

  private run(topic: Topic, delivery: Delivery): void {
    delivery.stage = 'running';
    const handlers = [...topic.handlers].filter((handler) => !this.parts.get(delivery.id)?.has(handler)) as Handler[];
    const ended = (): void => {
      this.owner.returned(delivery);
      this.next(topic, delivery);
    };
    const failed = (thrown: unknown): void => {
      const all = handlers.length !== 1 && thrown instanceof AggregateError ? thrown.errors : [thrown];
      for (const each of all) this.owner.threw(delivery, each);
      this.next(topic, delivery);
    };
    try {
      const result = handlers.length === 1 ? handlers[0]?.(delivery.message) : this.runAll(handlers, delivery);
      if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') return ended();
      this.watch(topic, delivery);
      (result as PromiseLike<unknown>).then(ended, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  /** @throws AggregateError once all have ended, if any has failed: only those get it again. */
  private async runAll(handlers: readonly Handler[], { id, message }: Delivery): Promise<void> {
    const done = this.parts.get(id) ?? new Set();
    const errors: unknown[] = [];
    const run = async (handler: Handler): Promise<void> => {
      try {
        await handler(message);
        done.add(handler as Handler<never>);
      } catch (thrown) {
        errors.push(thrown);
      }
    };
    await Promise.all(handlers.map(run));
    this.parts.delete(id);
    if (errors.length === 0) return;
    this.parts.set(id, done);
    if (this.parts.size > MAX_PARTS)
      for (const oldest of this.parts.keys()) {
        this.parts.delete(oldest);
        break;
      }
    throw new AggregateError(errors);
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
    delivery.startedAt = performance.now();
    if (topic.current === delivery) topic.timer ??= setTimeout(() => this.check(topic), this.timeoutMs);
  }

  private check(topic: Topic): void {
    topic.timer = undefined;
    const { current } = topic;
    if (!current) return;
    const leftMs = current.startedAt + this.timeoutMs - performance.now();
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
    this.takeOver(current);
  }
}
