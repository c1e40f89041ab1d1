import { Acks } from './acks.js';
import { PostriderError, textOf } from './errors.js';
import type { Frame, Gap, NotificationData, Subscribed } from './frames.js';
import { Lanes } from './lanes.js';
import { type Desk, Delivery, type Handler, type Message, type Refusal } from './message.js';
import { Position } from './position.js';
import { Seen } from './seen.js';
import type { Store } from './store.js';
import { type Place, Topic, isOwn } from './topic.js';

/** What the inbox needs of the client around it. */
export interface InboxPort {
  readonly settings: { ackDelayMs: number; handlerTimeoutMs: number; seenMax: number; ack: 'auto' | 'manual' };
  readonly store: Pick<Store, 'seen' | 'add' | 'claim'>;
  /** Handlers of everything that has no handler of its own. */
  readonly others: Set<Handler<never>>;
  window(): number;
  request(event: string, data: unknown): { frame: Frame & { id: number }; answer: Promise<unknown> };
  send(frames: Frame[]): void;
  /** Asks for a place in a topic. */
  place(topic: Topic, place: Place): Promise<unknown>;
  told(event: 'gap', data: Gap): void;
  told(event: 'elsewhere', data: Message): void;
  told(event: 'error', data: PostriderError): void;
}

const MAX_REASON = 256;

/** Takes what comes, shows the application each notification once and in order, and acknowledges what it is through with. */
export class Inbox implements Desk {
  readonly topics = new Map<string, Topic>();
  readonly acks: Acks;
  private readonly lanes: Lanes;
  private readonly seen: Seen;
  /** What the application has not decided about, and what is decided but not remembered yet. */
  private readonly held = new Map<string, Delivery>();
  private user: string | undefined;

  constructor(private readonly port: InboxPort) {
    this.seen = new Seen(port.settings.seenMax);
    this.acks = new Acks({
      ackDelayMs: port.settings.ackDelayMs,
      window: () => port.window(),
      remember: (ids) => port.store.add(this.user ?? '', ids),
      settled: (batch) => batch.forEach((delivery) => this.settled(delivery)),
      request: (event, data) => port.request(event, data),
      send: (frames) => port.send(frames),
    });
    this.lanes = new Lanes(port.settings.handlerTimeoutMs, {
      isSeen: ({ id, replay }) => !replay && this.seen.has(id),
      claim: ({ id, replay }) => (replay ? undefined : port.store.claim?.(this.user ?? '', id)),
      duplicate: (delivery) => this.settled(delivery, true),
      elsewhere: (delivery) => {
        this.settled(delivery, true);
        port.told('elsewhere', delivery);
      },
      returned: (delivery) => {
        if (!delivery.home.manual) this.finish(delivery);
      },
      threw: (delivery, thrown) => this.threw(delivery, thrown),
      late: (delivery) => this.late(delivery),
    });
  }

  topic(name: string): Topic {
    let topic = this.topics.get(name);
    if (!topic) {
      const own = isOwn(name);
      topic = new Topic(name, own ? this.port.others : new Set());
      topic.manual = own && this.port.settings.ack === 'manual';
      this.topics.set(name, topic);
    }
    return topic;
  }

  /** The user is known: what their application has handled is, too, before anything is shown to it. */
  async begin(user: string): Promise<void> {
    this.lanes.resume();
    if (user !== this.user) {
      this.lanes.pause();
      this.user = user;
      const ids = await this.port.store.seen(user, this.port.settings.seenMax);
      if (user !== this.user) return;
      this.seen.clear();
      for (const id of ids) this.seen.add(id);
      this.lanes.resume();
    }
    this.pumpAll();
  }

  /** There are new handlers. */
  pumpAll(): void {
    for (const topic of this.topics.values()) this.lanes.pump(topic);
  }

  /** The connection is gone; what is here can be handled nevertheless. */
  interrupt(): void {
    for (const topic of this.topics.values()) topic.interrupt();
  }

  /** Nothing more is shown to the application until there is a connection again. */
  pause(): void {
    this.lanes.pause();
  }

  /** There will be no connection: nothing more is shown to it; what was not comes again some day. */
  stop(error: PostriderError): void {
    this.lanes.pause();
    for (const topic of this.topics.values()) this.lanes.clear(topic, (delivery) => this.drop(delivery));
    this.acks.abort(this.topics.values(), error);
  }

  /** The topic is not wanted any more. */
  forget(topic: Topic): void {
    this.lanes.clear(topic, (delivery) => this.drop(delivery));
    if (this.topics.get(topic.name) === topic) this.topics.delete(topic.name);
    this.acks.abort([topic], new PostriderError('not_subscribed', 'The topic is not subscribed any more.'));
  }

  subscribed(data: Subscribed, id: Frame['id']): void {
    const topic = this.topic(data.topic);
    const first = !topic.live;
    const placed = id !== undefined && id === topic.placing;
    topic.live = topic.recorded = true;
    topic.last = data;
    const { position } = topic;
    if (position?.epoch !== data.epoch || (placed && topic.replaying)) {
      topic.position = new Position(data.epoch, data.cursor);
      topic.replayTo = placed && topic.replaying ? data.offset : 0;
    } else if (first || placed) this.goOn(topic, position, data.cursor);
    if (placed) topic.replaying = false;
    if (topic.confirming.length > 0) topic.position?.again();
    this.acks.touch(topic);
  }

  notification(data: NotificationData): void {
    const { epoch, offset, id } = data;
    const topic = this.topic(data.topic);
    let { position } = topic;
    if (position?.epoch !== epoch) position = topic.position = new Position(epoch, offset - 1);
    if (position.isHole(offset) && this.fill(topic, position, offset)) return;
    if (offset > position.told) position.told = offset;
    const held = this.held.get(id);
    if (held) return this.cameAgain(held, position, offset, topic);
    if (position.isDone(offset)) {
      position.done(offset, id);
      return this.acks.touch(topic);
    }
    const delivery = new Delivery(data, position, offset <= topic.replayTo, topic, this);
    this.held.set(id, delivery);
    topic.queue.push(delivery);
    this.lanes.pump(topic);
  }

  gap(gap: Gap): void {
    const topic = this.topic(gap.topic);
    const { position } = topic;
    if (gap.reason === 'reset') {
      if (position) topic.position = new Position(position.epoch, gap.to);
      topic.replayTo = 0;
    } else {
      position?.skip(gap.from, gap.to);
      const inGap = ({ offset, epoch }: Delivery): boolean =>
        epoch === position?.epoch && offset >= gap.from && offset <= gap.to;
      this.lanes.clear(topic, (delivery) => this.drop(delivery), inGap);
    }
    this.port.told('gap', gap);
  }

  finish(delivery: Delivery): void {
    if (delivery.stage === 'over') return;
    delivery.stage = 'over';
    this.acks.finish(delivery);
  }

  async refuse(delivery: Delivery, { delayMs, reason, terminate }: Refusal): Promise<void> {
    if (delivery.stage === 'over') return;
    this.drop(delivery);
    if (terminate) this.seen.add(delivery.id);
    const data = {
      ...(delayMs !== undefined && { delayMs }),
      ...(reason !== undefined && { reason: reason.slice(0, MAX_REASON) }),
      ...(terminate && { terminate }),
    };
    await Promise.all(
      delivery.places.map(async ([position, offset, topic]) => {
        if (!topic.live) throw new PostriderError('not_connected', 'There is no connection: it comes again.', true);
        const { frame, answer } = this.port.request('nack', { topic: topic.name, offset, ...data });
        this.port.send([frame]);
        await answer;
        if (terminate) position.skip(offset, offset);
      }),
    );
  }

  private goOn(topic: Topic, position: Position, cursor: number): void {
    if (cursor <= position.floor) return position.begin(cursor);
    // Another session of the user has acknowledged the rest of a personal topic; elsewhere it was missed.
    if (topic.name.startsWith('user:')) {
      position.skip(position.floor + 1, cursor);
      position.begin(cursor);
    } else void this.fill(topic, position);
  }

  /** @returns whether what is missing was asked for, so that what is behind it comes once more, too. */
  private fill(topic: Topic, position: Position, offset?: number): boolean {
    if (topic.filling) return true;
    const from = position.told + 1;
    if (topic.filledAt === from && offset !== undefined) {
      const gap: Gap = { topic: topic.name, from, to: offset - 1, reason: 'lost' };
      position.skip(gap.from, gap.to);
      this.port.told('gap', gap);
      return false;
    }
    topic.filling = true;
    topic.filledAt = from;
    if (offset !== undefined) {
      const what = `${topic.name} ${from}–${offset - 1} did not come: asked again.`;
      this.port.told('error', new PostriderError('hole_noticed', what, true));
    }
    this.port.place(topic, topic.place ?? {}).then(
      () => (topic.filling = false),
      (error: PostriderError) => {
        topic.filling = false;
        topic.filledAt = undefined;
        this.port.told('error', error);
      },
    );
    return true;
  }

  private cameAgain(held: Delivery, position: Position, offset: number, topic: Topic): void {
    if (held.stage === 'late') held.again = true;
    if (!held.places.some(([known, at]) => known === position && at === offset)) {
      held.places.push([position, offset, topic]);
    }
  }

  private threw(delivery: Delivery, thrown: unknown): void {
    const text = textOf(thrown);
    this.port.told('error', new PostriderError('handler_failed', `A handler threw: ${text}`, true, thrown));
    // A late one was refused when its time was over; again only if it has come again meanwhile.
    if (delivery.stage === 'late' && !delivery.again) this.drop(delivery);
    else this.refuse(delivery, { reason: text }).catch(() => undefined);
  }

  private late(delivery: Delivery): void {
    const what = `A handler of ${delivery.topic} takes too long: the topic goes on without it.`;
    this.port.told('error', new PostriderError('handler_timeout', what, true));
    for (const [, offset, topic] of delivery.places) {
      if (!topic.live) continue;
      const data = { topic: topic.name, offset, reason: 'handler timeout' };
      this.port.send([{ event: 'nack', data }]);
    }
  }

  /** It is remembered, or known from before: to be acknowledged. */
  private settled(delivery: Delivery, known = false): void {
    this.held.delete(delivery.id);
    this.seen.add(delivery.id);
    delivery.stage = 'over';
    delivery.release?.();
    if (!known) return;
    for (const [position, offset, topic] of delivery.places) {
      position.done(offset, delivery.id);
      this.acks.touch(topic);
    }
  }

  private drop(delivery: Delivery): void {
    delivery.stage = 'over';
    this.held.delete(delivery.id);
    delivery.release?.();
  }
}
