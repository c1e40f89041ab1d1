import { Acks, type AckOwner } from './acks.js';
import type { Emitter } from './emitter.js';
import { PostriderError, deferred, textOf } from './errors.js';
import type { Frame, Gap, NotificationData, Subscribed } from './frames.js';
import { type HandlerOwner, HandlerQueues } from './handler-queues.js';
import type { Link } from './link.js';
import { type Desk, Delivery, type Handler, type Refusal } from './message.js';
import type { Settings } from './options.js';
import { Position } from './position.js';
import { Refusals } from './refusals.js';
import type { SafeStore } from './safe-store.js';
import { Topic, isOwn } from './topic.js';

/** Most that the server takes with one ack. */
const MAX_TRACES = 16;

/** Takes what comes, shows the application each notification once and in order, and acknowledges what it is through with. */
export class Inbox implements Desk, AckOwner, HandlerOwner {
  readonly topics = new Map<string, Topic>();
  readonly acks: Acks;
  readonly handlers: HandlerQueues;
  readonly refusals: Refusals;
  /** Ids that the application has handled, oldest first. */
  private readonly seen = new Set<string>();
  /** Deliveries that are not decided, or not remembered yet, by the id of the notification. */
  private readonly held = new Map<string, Delivery>();
  private user = '';
  private ready: Promise<void> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly store: SafeStore,
    private readonly link: Link,
    private readonly events: Emitter,
  ) {
    this.acks = new Acks(link, settings.ackDelayMs, this);
    this.handlers = new HandlerQueues(settings.handlerTimeoutMs, this);
    this.refusals = new Refusals(link);
  }

  topic(name: string): Topic {
    let topic = this.topics.get(name);
    if (!topic) {
      const others = this.events.of('notification') as Set<Handler<never>>;
      topic = new Topic(name, isOwn(name) ? others : new Set());
      topic.byHand = isOwn(name) && this.settings.ack === 'manual';
      this.topics.set(name, topic);
    }
    return topic;
  }

  /** The user is known: what their application has handled is, too, before anything is shown to it. */
  async begin(user: string): Promise<void> {
    const isOther = user !== this.user;
    this.user = user;
    if (isOther) {
      this.handlers.halted = true;
      this.ready = this.recall(user);
    }
    await this.ready;
    this.go();
  }

  /** Goes on, where there is a connection. */
  go(): void {
    if (this.link.state !== 'open') return;
    this.handlers.halted = false;
    this.pumpAll();
  }

  /** There are new handlers. */
  pumpAll(): void {
    for (const topic of this.topics.values()) this.handlers.pump(topic);
  }

  /** The connection is gone; what is here can be handled nevertheless. */
  interrupt(): void {
    for (const topic of this.topics.values()) topic.interrupt();
  }

  /** There will be no connection: nothing more is shown to the application; what was not comes again some day. */
  stop(error: PostriderError): void {
    this.handlers.halted = true;
    for (const topic of this.topics.values()) this.clear(topic);
    this.giveUp(this.topics.values(), error);
  }

  /** The topic is not wanted any more. */
  forget(topic: Topic): void {
    this.clear(topic);
    if (this.topics.get(topic.name) === topic) this.topics.delete(topic.name);
    this.giveUp([topic], new PostriderError('not_subscribed', topic.name));
  }

  subscribed(data: Subscribed, id: Frame['id']): void {
    const topic = this.topic(data.topic);
    const { position, replaying } = topic;
    const placed = id !== undefined && id === topic.placing;
    const first = !topic.live;
    topic.live = topic.recorded = true;
    topic.last = data;
    if (position?.epoch !== data.epoch || (placed && replaying)) {
      topic.position = new Position(data.epoch, data.cursor);
      topic.replayTo = placed && replaying ? data.offset : 0;
    } else if (first || placed) topic.goOn(data.cursor, this.link, this.events);
    if (placed) topic.filling = topic.replaying = false;
    if (topic.confirming.length > 0) topic.position?.again();
    this.acks.touch(topic);
    this.refusals.later();
    this.refusals.drop(topic, ({ epoch }) => epoch !== data.epoch, new PostriderError('stale_epoch', 'reset'));
    this.events.emit('subscribed', data);
  }

  notification(data: NotificationData): void {
    const { epoch, offset, id } = data;
    const topic = this.topic(data.topic);
    let { position } = topic;
    if (position?.epoch !== epoch) position = topic.position = new Position(epoch, offset - 1);
    if (position.isHole(offset) && topic.fill(this.link, this.events, offset)) return;
    position.told = Math.max(position.told, offset);
    const held = this.held.get(id);
    if (held) {
      held.again = true;
      this.handlers.takeOver(held);
      if (!held.places.some(([known, at]) => known === position && at === offset)) {
        held.places.push([position, offset, topic]);
      }
    } else if (this.refusals.again(id, [position, offset, topic])) {
      return;
    } else if (position.isDone(offset)) {
      position.done(offset, id);
      this.acks.touch(topic);
    } else {
      const delivery = new Delivery(data, position, offset <= topic.replayTo, topic, this);
      this.held.set(id, delivery);
      topic.backlog.push(delivery);
      this.handlers.pump(topic);
    }
  }

  gap(gap: Gap): void {
    const { from, to, reason } = gap;
    const topic = this.topic(gap.topic);
    const { position } = topic;
    if (position && reason === 'reset') {
      topic.position = new Position(position.epoch, to);
      topic.replayTo = 0;
      this.refusals.drop(topic, undefined, new PostriderError('stale_epoch', 'reset'));
    } else if (position) {
      position.skip(from, to);
      const isGone = ({ offset, epoch }: Delivery): boolean =>
        epoch === position.epoch && offset >= from && offset <= to;
      this.clear(topic, isGone);
      this.refusals.drop(topic, isGone);
    }
    this.events.emit('gap', gap);
  }

  confirm(delivery: Delivery): void {
    if (delivery.stage !== 'over' || this.held.has(delivery.id)) return this.finish(delivery);
    // It was decided and remembered before somebody asked.
    const { home, offset, id } = delivery;
    this.acks.await(delivery);
    home.position?.done(offset, id);
    this.acks.touch(home);
  }

  finish(delivery: Delivery): void {
    if (delivery.stage === 'over') return;
    delivery.stage = 'over';
    this.acks.finish(delivery);
  }

  refuse(delivery: Delivery, refusal: Refusal, isKept = true): void {
    const { stage } = delivery;
    const awaited = (delivery.awaited ??= deferred());
    if (stage === 'over') return awaited.resolve();
    this.drop(delivery);
    this.refusals.refuse(delivery, refusal, isKept);
  }

  remember(batch: readonly Delivery[]): void | Promise<void> {
    const ids = batch.map(({ id }) => id);
    return this.store.add(this.user, ids);
  }

  settled(delivery: Delivery): void {
    this.drop(delivery);
    this.see(delivery.id);
    for (const [position, offset, topic] of delivery.places) {
      position.done(offset, delivery.id);
      if (delivery.traceparent && topic.traces.length < MAX_TRACES) topic.traces.push(delivery.traceparent);
      this.acks.touch(topic);
    }
  }

  isKnown(delivery: Delivery): boolean {
    const known = !delivery.replay && this.seen.has(delivery.id);
    if (known) this.settled(delivery);
    return known;
  }

  claim({ replay, id, turn }: Delivery): Promise<(() => void) | undefined> | undefined {
    return this.store.claims && !replay ? this.store.claim(this.user, id, turn) : undefined;
  }

  elsewhere(delivery: Delivery): void {
    this.settled(delivery);
    this.events.emit('elsewhere', delivery.message);
  }

  returned(delivery: Delivery): void {
    if (!delivery.home.byHand) this.finish(delivery);
  }

  threw(delivery: Delivery, thrown: unknown): void {
    this.events.fail('handler_failed', textOf(thrown), thrown);
    if (delivery.stage === 'over') return;
    // A late one was refused when its time was over; again only if it has come again meanwhile.
    if (delivery.stage === 'late' && !delivery.again) this.drop(delivery);
    else this.refuse(delivery, { reason: textOf(thrown) }, false);
  }

  late(delivery: Delivery): void {
    delivery.again = false;
    const { name: topic } = delivery.home;
    this.events.fail('handler_timeout', `${topic} goes on without it`);
    this.link.send('nack', { topic, offset: delivery.offset, reason: 'timeout' });
  }

  private giveUp(topics: Iterable<Topic>, error: PostriderError): void {
    for (const topic of topics) {
      this.acks.giveUp(topic, error);
      this.refusals.drop(topic, undefined, error);
    }
  }

  private async recall(user: string): Promise<void> {
    const ids = await this.store.seen(user);
    if (user !== this.user) return this.ready;
    this.seen.clear();
    for (const id of ids) this.see(id);
  }

  private clear(topic: Topic, which?: (delivery: Delivery) => boolean): void {
    this.handlers.clear(topic, this.held.values(), (delivery) => this.drop(delivery), which);
  }

  private see(id: string): void {
    this.seen.delete(id);
    this.seen.add(id);
    if (this.seen.size > this.settings.seenMax) for (const oldest of this.seen) return void this.seen.delete(oldest);
  }

  private drop(delivery: Delivery): void {
    delivery.stage = 'over';
    this.held.delete(delivery.id);
    delivery.letGo?.();
  }
}
