import { type AckOwner, Acks } from './acks.js';
import type { Emitter } from './emitter.js';
import { PostriderError, deferred, textOf } from './errors.js';
import type { Frame, Gap, NotificationData, Subscribed } from './frames.js';
import { type HandlerOwner, HandlerQueues } from './handler-queues.js';
import type { Link } from './link.js';
import type { Memory } from './memory.js';
import { Delivery, type Desk, type Handler, type Place, type Refusal } from './message.js';
import { Position } from './position.js';
import { Refusals } from './refusals.js';
import type { Settings } from './settings.js';
import { Topic, isOwn } from './topic.js';

/** Maximum number of traces that the server accepts with one ack. */
const MAX_TRACES = 16;

/** Receives notifications, hands each to the application once and in order, and acknowledges it. */
export class Inbox implements Desk, AckOwner, HandlerOwner {
  readonly topics = new Map<string, Topic>();
  readonly acks: Acks;
  readonly handlers: HandlerQueues;
  readonly refusals: Refusals;
  readonly #settings: Settings;
  readonly #memory: Memory;
  readonly #link: Link;
  readonly #events: Emitter;
  /** Ids that the application has handled, oldest first. */
  readonly #seen = new Set<string>();
  /** Deliveries that are undecided or not stored yet, by notification id. */
  readonly #held = new Map<string, Delivery>();
  #user = '';
  #ready: Promise<void> | undefined;

  constructor(settings: Settings, memory: Memory, link: Link, events: Emitter) {
    this.#settings = settings;
    this.#memory = memory;
    this.#link = link;
    this.#events = events;
    this.acks = new Acks(link, settings.ackDelayMs, this);
    this.handlers = new HandlerQueues(settings.handlerTimeoutMs, this);
    this.refusals = new Refusals(link);
  }

  topic(name: string): Topic {
    const known = this.topics.get(name);
    if (known) return known;
    const handlers = isOwn(name) ? this.#events.of('notification') : new Set();
    const topic = new Topic(name, handlers as Set<Handler<never>>);
    topic.byHand = isOwn(name) && this.#settings.ack === 'manual';
    this.topics.set(name, topic);
    return topic;
  }

  /** Loads the ids that this user's application has handled, before it gets any notification. */
  async begin(user: string): Promise<void> {
    const isOther = user !== this.#user;
    this.#user = user;
    if (isOther) {
      this.handlers.halted = true;
      this.#ready = this.#recall(user);
    }
    await this.#ready;
    this.go();
  }

  /** Starts handlers if there is a connection. */
  go(): void {
    if (this.#link.state !== 'open') return;
    this.handlers.halted = false;
    this.pumpAll();
  }

  pumpAll(): void {
    for (const topic of this.topics.values()) this.handlers.pump(topic);
  }

  /** Notes that the connection is gone. Messages already received can still be handled. */
  interrupt(): void {
    for (const topic of this.topics.values()) topic.interrupt();
  }

  /**
   * Stops handling because there will be no connection. The server redelivers the rest in a later
   * session.
   */
  stop(error: PostriderError): void {
    this.handlers.halted = true;
    for (const topic of this.topics.values()) this.#abandon(topic, error);
  }

  /** Drops a topic that is no longer wanted. */
  forget(topic: Topic): void {
    if (this.topics.get(topic.name) === topic) this.topics.delete(topic.name);
    this.#abandon(topic, new PostriderError('not_subscribed', topic.name));
  }

  subscribed(data: Subscribed, id: Frame['id']): void {
    const topic = this.topic(data.topic);
    const { position } = topic;
    const isPlaced = id !== undefined && id === topic.placing;
    const isReplay = isPlaced && topic.replaying;
    const isFirst = !topic.live;
    topic.live = true;
    topic.recorded = true;
    topic.last = data;
    if (isReplay || position?.epoch !== data.epoch) {
      topic.position = new Position(data.epoch, data.cursor);
      topic.replayTo = isReplay ? data.offset : 0;
    } else if (isFirst || isPlaced) topic.goOn(data.cursor, this.#link, this.#events);
    if (isPlaced) {
      topic.filling = false;
      topic.replaying = false;
    }
    if (topic.confirming.length > 0) topic.position?.again();
    this.acks.touch(topic);
    this.refusals.later();
    this.refusals.drop(topic, ({ epoch }) => epoch !== data.epoch, staleIn(topic));
    this.#events.emit('subscribed', data);
  }

  notification(data: NotificationData): void {
    const { epoch, offset, id } = data;
    const topic = this.topic(data.topic);
    if (topic.position?.epoch !== epoch) topic.position = new Position(epoch, offset - 1);
    const { position } = topic;
    const place: Place = [position, offset, topic];
    if (position.isHole(offset) && topic.fill(this.#link, this.#events, offset)) return;
    position.told = Math.max(position.told, offset);
    const held = this.#held.get(id);
    if (held) {
      held.again = true;
      this.handlers.takeOver(held);
      if (!held.places.some(([known, at]) => known === position && at === offset)) held.places.push(place);
    } else if (this.refusals.again(id, place)) {
      return;
    } else if (position.isDone(offset)) {
      position.done(offset, id);
      this.acks.touch(topic);
    } else {
      const delivery = new Delivery(data, position, offset <= topic.replayTo, topic, this);
      this.#held.set(id, delivery);
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
      this.refusals.drop(topic, undefined, staleIn(topic));
    } else if (position) {
      position.skip(from, to);
      const isGone = ({ offset, epoch }: Delivery): boolean =>
        epoch === position.epoch && offset >= from && offset <= to;
      this.#clear(topic, isGone);
      this.refusals.drop(topic, isGone);
    }
    this.#events.emit('gap', gap);
  }

  confirm(delivery: Delivery): void {
    if (delivery.stage !== 'over' || this.#held.has(delivery.id)) return this.#finish(delivery);
    // It was decided and stored before the application asked.
    const { home, offset, id } = delivery;
    this.acks.await(delivery);
    home.position?.done(offset, id);
    this.acks.touch(home);
  }

  refuse(delivery: Delivery, refusal: Refusal, isKept = true): void {
    delivery.awaited ??= deferred();
    if (delivery.stage === 'over') return delivery.awaited.resolve();
    this.#drop(delivery);
    this.refusals.refuse(delivery, refusal, isKept);
  }

  remember(batch: readonly Delivery[]): void | Promise<void> {
    const ids = batch.map(({ id }) => id);
    return this.#memory.add(this.#user, ids);
  }

  settled(delivery: Delivery): void {
    this.#drop(delivery);
    this.#see(delivery.id);
    for (const [position, offset, topic] of delivery.places) {
      position.done(offset, delivery.id);
      if (delivery.traceparent && topic.traces.length < MAX_TRACES) topic.traces.push(delivery.traceparent);
      this.acks.touch(topic);
    }
  }

  isKnown(delivery: Delivery): boolean {
    const isKnown = !delivery.replay && this.#seen.has(delivery.id);
    if (isKnown) this.settled(delivery);
    return isKnown;
  }

  claim({ replay, id, turn }: Delivery): Promise<(() => void) | undefined> | undefined {
    return replay ? undefined : this.#memory.claim(this.#user, id, turn);
  }

  elsewhere(delivery: Delivery): void {
    this.settled(delivery);
    this.#events.emit('elsewhere', delivery.message);
  }

  returned(delivery: Delivery): void {
    if (!delivery.home.byHand) this.#finish(delivery);
  }

  threw(delivery: Delivery, thrown: unknown): void {
    const reason = textOf(thrown);
    this.#events.fail('handler_failed', reason, thrown);
    if (delivery.stage === 'over') return;
    // A late delivery was refused when its time was up. It is refused again only if it has come
    // again since.
    if (delivery.stage === 'late' && !delivery.again) this.#drop(delivery);
    else this.refuse(delivery, { reason }, false);
  }

  late(delivery: Delivery): void {
    delivery.again = false;
    const { offset, home } = delivery;
    this.#events.fail('handler_timeout', `${home.name} ${offset}`);
    this.#link.send('nack', { topic: home.name, offset, reason: 'timeout' });
  }

  #finish(delivery: Delivery): void {
    if (delivery.stage === 'over') return;
    delivery.stage = 'over';
    this.acks.finish(delivery);
  }

  #abandon(topic: Topic, error: PostriderError): void {
    this.#clear(topic);
    this.acks.giveUp(topic, error);
    this.refusals.drop(topic, undefined, error);
  }

  async #recall(user: string): Promise<void> {
    const ids = await this.#memory.seen(user);
    if (user !== this.#user) return this.#ready;
    this.#seen.clear();
    for (const id of ids) this.#see(id);
  }

  #clear(topic: Topic, which?: (delivery: Delivery) => boolean): void {
    this.handlers.clear(topic, this.#held.values(), (delivery) => this.#drop(delivery), which);
  }

  #see(id: string): void {
    this.#seen.delete(id);
    this.#seen.add(id);
    const [oldest = ''] = this.#seen;
    if (this.#seen.size > this.#settings.seenMax) this.#seen.delete(oldest);
  }

  #drop(delivery: Delivery): void {
    delivery.stage = 'over';
    this.#held.delete(delivery.id);
    delivery.letGo?.();
  }
}

const staleIn = ({ name }: Topic): PostriderError => new PostriderError('stale_epoch', name);
