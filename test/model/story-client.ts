import type { Identity } from '../../src/auth/authenticator.port.js';
import { type Gap, type Notification, parseFrames, type Subscribed, type Welcome } from '../support/frames.js';
import { TopicPlace } from '../support/topic-place.js';
import type { GatewayNode, Link } from './gateway-node.js';

interface Arrival {
  readonly offset: number;
  readonly id: string;
}

/**
 * Client that resumes its session and acknowledges on demand, and records events for the verdict.
 */
export class StoryClient {
  session?: string;
  readonly seen = new Set<string>();
  readonly acknowledged = new Set<string>();
  readonly refused = new Set<string>();
  /** Violations by the server. */
  readonly faults: string[] = [];
  /** Offsets that the cursor passed although this client neither answered nor received them. */
  readonly passed: string[] = [];
  private readonly places = new Map<string, TopicPlace>();
  private readonly arrivals = new Map<string, Arrival>();
  private readonly firsts = new Map<string, number>();
  /** Offsets, by epoch, that this client has answered or that a gap covered. */
  private readonly settled = new Map<string, Set<number>>();
  private orderCounts = true;
  private deaf = false;
  private inFlight = 0;
  private link?: Link;

  constructor(
    private readonly identity: Identity,
    private readonly topics: readonly string[],
    private readonly window: number,
  ) {}

  get online(): boolean {
    return this.link !== undefined;
  }

  get isDeaf(): boolean {
    return this.deaf;
  }

  isIn(topic: string): boolean {
    return this.online && this.places.has(topic);
  }

  connect(node: GatewayNode): void {
    this.cut();
    this.deaf = false;
    const closed = (): void => {
      this.link = undefined;
      this.interrupt();
    };
    this.link = node.connect(this.identity, this.session, (text) => parseFrames(text).forEach(this.take), closed);
  }

  cut(): void {
    this.link?.cut();
    this.link = undefined;
    this.interrupt();
  }

  /** Loses everything that arrives from now on, until the link is cut. */
  deafen(): void {
    this.deaf = true;
  }

  /** @param all true for everything that has come, instead of a random choice. */
  acknowledge(random: () => number, all = false): void {
    for (const place of this.places.values()) {
      for (const [key, { offset, id }] of this.openOf(place)) {
        if (!all && random() < 0.5) continue;
        if (this.refused.has(id)) this.terminate(place, offset);
        else place.done(offset);
        this.arrivals.delete(key);
        this.settle(place, offset, offset);
        if (!this.refused.has(id)) this.acknowledged.add(id);
      }
      for (const data of place.takeAcks()) this.link?.send({ event: 'ack', data });
    }
    this.inFlight = this.arrivals.size;
  }

  /** Terminates one of the notifications that have come. */
  refuse(random: () => number): void {
    for (const place of this.places.values()) {
      const found = this.openOf(place).find(([, { id }]) => random() < 0.5 && !this.acknowledged.has(id));
      if (!found) continue;
      const [key, { offset, id }] = found;
      this.refused.add(id);
      this.terminate(place, offset);
      this.arrivals.delete(key);
      this.settle(place, offset, offset);
    }
  }

  /**
   * Stops checking the order, because a failover may lose the record of what a session was sent.
   */
  forgiveOrder(): void {
    this.orderCounts = false;
  }

  get untold(): string[] {
    return [...this.places.values()].flatMap(({ topic, untold }) => untold.map((offset) => `${topic} ${offset}`));
  }

  private openOf({ topic }: TopicPlace): [string, Arrival][] {
    return [...this.arrivals].filter(([key]) => key.startsWith(`${topic} `));
  }

  private terminate(place: TopicPlace, offset: number): void {
    this.link?.send({ event: 'nack', data: { topic: place.topic, offset, terminate: true } });
    place.skip({ from: offset, to: offset });
  }

  private settle({ topic, epoch }: TopicPlace, from: number, to: number): void {
    const numbering = `${topic} ${epoch}`;
    const settled = this.settled.get(numbering) ?? new Set();
    this.settled.set(numbering, settled);
    for (let offset = from; offset <= to; offset++) settled.add(offset);
  }

  private interrupt(): void {
    for (const place of this.places.values()) place.interrupt();
    this.arrivals.clear();
    this.inFlight = 0;
  }

  private readonly take = ({ event, data }: { event: string; data: unknown }): void => {
    if (this.deaf) return;
    if (event === 'welcome') this.welcome(data as Welcome);
    else if (event === 'subscribed') this.place(data as Subscribed);
    else if (event === 'notification') this.receive(data as Notification);
    else if (event === 'gap') this.skip(data as Gap);
    else if (event === 'ping') this.link?.send({ event: 'pong' });
  };

  private welcome({ session, resumed }: Welcome): void {
    if (this.session !== undefined && !resumed) this.faults.push(`session ${this.session} is gone`);
    this.session = session;
    if (!resumed) for (const topic of this.topics) this.link?.send({ event: 'subscribe', data: { topic } });
  }

  private place({ topic, epoch, cursor }: Subscribed): void {
    const place = this.places.get(topic);
    if (place?.epoch === epoch) {
      for (let offset = place.cursor + 1; offset <= cursor; offset++) {
        if (!this.settled.get(`${topic} ${epoch}`)?.has(offset)) this.passed.push(`${topic} ${offset}`);
      }
      return place.catchUp(cursor);
    }
    for (const key of this.arrivals.keys()) if (key.startsWith(`${topic} `)) this.arrivals.delete(key);
    this.places.set(topic, new TopicPlace(topic, epoch, cursor));
  }

  private receive({ topic, epoch, offset, attempt, id }: Notification): void {
    const numbering = `${topic} ${epoch}`;
    if (attempt === 1 && this.orderCounts) {
      const last = this.firsts.get(numbering) ?? 0;
      if (offset <= last) this.faults.push(`first delivery of ${offset} after ${last} in ${numbering}`);
      this.firsts.set(numbering, Math.max(last, offset));
    }
    this.places.get(topic)?.arrived(offset, attempt);
    this.seen.add(id);
    this.arrivals.set(`${topic} ${offset}`, { offset, id });
    this.inFlight = [...this.arrivals.keys()].filter((key) => key.startsWith(`${topic} `)).length;
    if (this.inFlight > this.window) this.faults.push(`${this.inFlight} outstanding of ${topic}`);
  }

  private skip(gap: Gap): void {
    const place = this.places.get(gap.topic);
    if (!place) return;
    place.skip(gap);
    for (const [key, { offset }] of this.openOf(place)) {
      if (offset >= gap.from && offset <= gap.to) this.arrivals.delete(key);
    }
    this.settle(place, gap.from, gap.to);
  }
}
