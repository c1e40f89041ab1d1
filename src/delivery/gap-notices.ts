import type { GapReason } from '../contract/terms.js';
import type { Reader, SessionClient } from './session-client.js';

/** The gaps that a client is told of in a topic: neighbors as one, and which of them it may not have read yet. */
export class GapNotices implements Reader {
  private next?: { from: number; to: number; reason: GapReason } | undefined;
  /** The lowest offset of those that the client was asked whether it has read, and of those told since. */
  private asked?: number | undefined;
  private since?: number | undefined;

  constructor(
    private readonly topic: string,
    private readonly client: Pick<SessionClient, 'gap' | 'whenRead'>,
    private readonly events: { gapped(): void; passed(): void },
  ) {}

  /** The lowest offset that the client may not have read of; infinite where there is none. */
  get lowestUnread(): number {
    return Math.min(this.asked ?? Infinity, this.since ?? Infinity);
  }

  /** Tells it with its neighbors, once `flush` is called or another follows that is none. */
  add(from: number, reason: GapReason, to: number): void {
    if (this.next && this.next.reason === reason && this.next.to === from - 1) {
      this.next.to = to;
      return;
    }
    this.flush();
    this.next = { from, to, reason };
  }

  flush(): void {
    if (!this.next) return;
    const { from, to, reason } = this.next;
    this.next = undefined;
    this.tell(from, to, reason);
  }

  tell(from: number, to: number, reason: GapReason): void {
    this.client.gap({ topic: this.topic, from, to, reason });
    this.events.gapped();
    if (this.asked === undefined) {
      this.asked = from;
      this.client.whenRead(this);
    } else this.since = Math.min(this.since ?? from, from);
  }

  read(): void {
    this.asked = this.since;
    this.since = undefined;
    if (this.asked !== undefined) this.client.whenRead(this);
    this.events.passed();
  }
}
