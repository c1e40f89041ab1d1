import type { GapReason } from '../contract/terms.js';
import type { Reader, SessionClient } from './session-client.js';

/**
 * Gaps of which a client is told in a topic. It joins adjacent ones, and tracks which of them the
 * client may not have read yet.
 */
export class GapNotices implements Reader {
  private next?: { from: number; to: number; reason: GapReason } | undefined;
  /** Lowest offset that the client was asked to confirm reading, or was told since. */
  private asked?: number | undefined;
  private since?: number | undefined;

  constructor(
    private readonly topic: string,
    private readonly client: Pick<SessionClient, 'gap' | 'whenRead'>,
    private readonly events: { gapped(): void; passed(): void },
  ) {}

  /** Lowest offset of a gap that the client may not have read; infinite if there is none. */
  get lowestUnread(): number {
    return Math.min(this.asked ?? Infinity, this.since ?? Infinity);
  }

  /** Adds a gap; adjacent ones are sent together, by `flush` or when another one follows. */
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
