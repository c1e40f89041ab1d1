export type Policy = 'any' | 'all' | 'none';
export type State = 'pending' | 'unguarded' | 'acked' | 'expired' | 'cancelled' | 'dead';

/** Counts of a status answer. */
export interface Counts {
  total: number;
  acked: number;
  refused: number;
  pending: number;
  left: number;
}

/** Notification of the topic. */
export interface Sent {
  readonly id: string;
  readonly offset: number;
  readonly policy: Policy;
  readonly expired: boolean;
  readonly collapseKey?: string;
  state: State;
  /** True if its topic was forgotten since, so that its offset may now belong to another one. */
  forgotten: boolean;
  frozen?: { total: number; acked: number; refused: number };
  leavers: { acked: number; refused: number; left: number };
  /** Sessions that refused it, present or gone. */
  readonly refusers: Set<string>;
}

/**
 * State of an offset for a member. `skipped`: it was owed to others before; `passed`: the cursor
 * went over it without an ack.
 */
type Deed = 'acked' | 'refused' | 'skipped' | 'passed';

interface Member {
  readonly start: number;
  cursor: number;
  readonly deeds: Map<number, Deed>;
}

export interface ModelLimits {
  readonly personal: boolean;
  readonly maxOpen: number;
  readonly maxEntries: number;
}

/** Model of a topic in plain sets, without counters, indices or anything that can be computed. */
export class ReceiptsModel {
  readonly sent: Sent[] = [];
  readonly members = new Map<string, Member>();
  base = 0;
  head = 0;
  private readonly ended = { acked: 0, expired: 0, cancelled: 0, dead: 0 };

  constructor(private readonly limits: ModelLimits) {}

  get books(): object {
    const state = (wanted: State): number => this.sent.filter((sent) => sent.state === wanted).length;
    const pending = state('pending');
    const accepted = this.sent.length;
    return { accepted, ...this.ended, unguarded: state('unguarded'), pending, counted: pending, difference: 0 };
  }

  get open(): Sent[] {
    return this.sent.filter(({ state }) => state === 'pending');
  }

  find(id: string): Sent | undefined {
    return this.sent.find((sent) => sent.id === id);
  }

  /** @returns the appended notification, or undefined if the topic is full. */
  append(given: Pick<Sent, 'id' | 'policy' | 'expired' | 'collapseKey'>): Sent | undefined {
    const { personal, maxOpen, maxEntries } = this.limits;
    const guarded = given.policy !== 'none';
    if (personal && guarded && this.open.length >= maxOpen) return undefined;
    const lowest = this.at(this.base + 1);
    if (personal && !guarded && this.head - this.base >= maxEntries && lowest?.state === 'pending') return undefined;
    if (given.collapseKey !== undefined) this.collapse(given.collapseKey);
    const sent: Sent = {
      ...given,
      offset: ++this.head,
      state: guarded ? 'pending' : 'unguarded',
      forgotten: false,
      leavers: { acked: 0, refused: 0, left: 0 },
      refusers: new Set(),
    };
    this.sent.push(sent);
    if (this.head - this.base > maxEntries && !(personal && guarded)) {
      const oldest = this.at(this.base + 1);
      if (oldest?.state === 'pending') this.end(oldest, 'dead');
      this.base++;
    }
    return sent;
  }

  /**
   * Adds a member. In a personal topic it owes all unacknowledged deliveries, in a named topic only
   * later ones.
   */
  subscribe(session: string): void {
    if (this.members.has(session)) return;
    const [lowest] = this.open;
    const start = this.limits.personal && lowest ? lowest.offset - 1 : this.head;
    const deeds = new Map<number, Deed>();
    for (let o = start + 1; o <= this.head; o++) if (this.at(o)?.state !== 'pending') deeds.set(o, 'skipped');
    this.members.set(session, { start, cursor: start, deeds });
  }

  /** @param settled offset up to which the session knows the gaps. */
  ack(
    session: string,
    upTo: number | undefined,
    offsets: readonly number[],
    settled: number,
  ): 'stored' | 'not_member' | 'above_head' {
    const member = this.members.get(session);
    if (!member) return 'not_member';
    if (Math.max(upTo ?? 0, ...offsets) > this.head) return 'above_head';
    const before = member.cursor;
    const acked: number[] = [];
    const acknowledge = (o: number): void => {
      member.deeds.set(o, 'acked');
      acked.push(o);
    };
    const over = (o: number): void => {
      member.cursor = o;
      if (member.deeds.has(o)) return;
      if (o > this.base && !this.isGone(o)) return acknowledge(o);
      member.deeds.set(o, 'passed');
      const sent = this.at(o);
      if (sent?.state === 'pending') this.end(sent, 'expired');
    };
    for (const o of offsets) {
      if (o > before && o > this.base && !this.isGone(o) && !member.deeds.has(o)) acknowledge(o);
    }
    const known = Math.max(upTo ?? 0, settled);
    const isKnownGone = (o: number): boolean => o <= known && (o <= this.base || this.isGone(o));
    for (let o = before + 1; o <= (upTo ?? 0); o++) over(o);
    while (member.cursor < this.head && (member.deeds.has(member.cursor + 1) || isKnownGone(member.cursor + 1))) {
      over(member.cursor + 1);
    }
    for (const sent of this.sent) {
      if (sent.forgotten || !acked.includes(sent.offset)) continue;
      if (sent.state === 'pending') this.settle(sent);
      else if (sent.frozen) sent.frozen.acked++;
    }
    return 'stored';
  }

  refuse(session: string, offset: number): 'done' | 'not_member' | 'above_head' {
    const member = this.members.get(session);
    if (!member) return 'not_member';
    if (offset > this.head) return 'above_head';
    if (offset <= Math.max(member.cursor, this.base) || member.deeds.has(offset)) return 'done';
    const sent = this.at(offset);
    if (this.isGone(offset)) {
      if (sent?.state === 'pending') this.end(sent, 'expired');
      return 'done';
    }
    member.deeds.set(offset, 'refused');
    sent?.refusers.add(session);
    if (sent?.state === 'pending') this.settle(sent);
    else if (sent?.frozen) sent.frozen.refused++;
    return 'done';
  }

  leave(session: string): void {
    const member = this.members.get(session);
    if (!member) return;
    const owed = this.open.filter(({ offset }) => offset > member.start);
    for (const { offset, leavers } of owed) {
      const deed = member.deeds.get(offset);
      if (deed === 'refused') leavers.refused++;
      else if (deed === 'acked') leavers.acked++;
      else leavers.left++;
    }
    this.members.delete(session);
    for (const sent of owed) this.settle(sent);
  }

  cancel(id: string): 'cancelled' | 'too_late' | 'unknown' {
    const sent = this.find(id);
    if (!sent) return 'unknown';
    const alive = sent.state === 'pending' || sent.state === 'unguarded';
    if (!alive || sent.forgotten || sent.offset <= this.base || this.counts(sent).acked > 0) return 'too_late';
    if (!sent.expired) {
      this.end(sent, 'cancelled');
      return 'cancelled';
    }
    if (sent.state === 'pending') this.end(sent, 'expired');
    return 'too_late';
  }

  expire(): void {
    for (const sent of this.open) if (sent.expired) this.end(sent, 'expired');
  }

  /**
   * True if an offset may be trimmed: it has ended, and every session has passed it or has no use
   * for it.
   */
  mayTrim(offset: number): boolean {
    const sent = this.at(offset);
    if (!sent || sent.state === 'pending') return false;
    const lowest = Math.min(...[...this.members.values()].map(({ cursor }) => cursor), Number.MAX_SAFE_INTEGER);
    return sent.expired || (this.limits.personal ? offset <= lowest : this.isHole(offset));
  }

  /** Forgets the topic; the numbering restarts. */
  forget(): void {
    for (const sent of this.sent) sent.forgotten = true;
    this.base = 0;
    this.head = 0;
  }

  counts(sent: Sent): Counts {
    const { frozen, leavers, state, refusers } = sent;
    const deeds = this.recipientsOf(sent).map(({ deeds }) => deeds.get(sent.offset));
    const count = (wanted: Deed): number => deeds.filter((deed) => deed === wanted).length;
    const live = { total: deeds.length, acked: count('acked'), refused: count('refused') };
    const { total, acked, refused } = frozen ?? live;
    // For a delivery that never ends, only refusals are kept of sessions that leave.
    const gone = state === 'unguarded' ? refusers.size - live.refused : leavers.refused;
    return {
      total: total + leavers.acked + gone + leavers.left,
      acked: acked + leavers.acked,
      refused: refused + gone,
      pending: total - acked - refused,
      left: leavers.left,
    };
  }

  /** Lists the recipients that have not left or have refused it, by session. */
  receipts(sent: Sent): { session: string; state: 'acked' | 'pending' | 'refused' }[] {
    const present = this.recipientsOf(sent).map(({ session, deeds }) => {
      const state = deeds.get(sent.offset) === 'acked' ? ('acked' as const) : ('pending' as const);
      return { session, state };
    });
    const others = present.filter(({ session }) => !sent.refusers.has(session));
    const refused = [...sent.refusers].map((session) => ({ session, state: 'refused' as const }));
    return [...others, ...refused].toSorted((a, b) => (a.session < b.session ? -1 : 1));
  }

  private recipientsOf({ offset, forgotten }: Sent): ({ session: string } & Member)[] {
    if (forgotten) return [];
    const all = [...this.members].map(([session, member]) => ({ session, ...member }));
    return all.filter(({ start, deeds }) => start < offset && deeds.get(offset) !== 'skipped');
  }

  private settle(sent: Sent): void {
    if (sent.expired) return this.end(sent, 'expired');
    const { acked, refused, pending } = this.counts(sent);
    if (sent.policy === 'any' && acked > 0) this.end(sent, 'acked');
    else if (pending === 0 && acked + refused > 0) this.end(sent, refused > 0 ? 'dead' : 'acked');
  }

  /** Ends a delivery. An overdue one expires, whatever else would have ended it. */
  private end(sent: Sent, wanted: 'acked' | 'expired' | 'cancelled' | 'dead'): void {
    const state = sent.expired ? 'expired' : wanted;
    const { total, acked, refused } = this.counts({ ...sent, leavers: { acked: 0, refused: 0, left: 0 } });
    sent.frozen = { total, acked, refused };
    sent.state = state;
    this.ended[state]++;
  }

  private collapse(key: string): void {
    const previous = this.sent.findLast(({ collapseKey, forgotten }) => collapseKey === key && !forgotten);
    if (previous) this.cancel(previous.id);
  }

  private at(offset: number): Sent | undefined {
    return this.sent.find((sent) => sent.offset === offset && !sent.forgotten);
  }

  private isHole(offset: number): boolean {
    const state = this.at(offset)?.state;
    return state === 'expired' || state === 'cancelled' || state === 'dead';
  }

  /** True if an offset can no longer be acknowledged. */
  private isGone(offset: number): boolean {
    return this.isHole(offset) || this.at(offset)?.expired === true;
  }
}
