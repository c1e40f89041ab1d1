export type Policy = 'any' | 'all' | 'none';
export type State = 'pending' | 'unguarded' | 'acked' | 'expired' | 'cancelled' | 'dead';

/** Counts as a status answer gives them. */
export interface Counts {
  total: number;
  acked: number;
  refused: number;
  pending: number;
  left: number;
}

/** One notification of the topic. */
export interface Sent {
  readonly id: string;
  readonly offset: number;
  readonly policy: Policy;
  readonly expired: boolean;
  readonly collapseKey?: string;
  state: State;
  /** Its topic was forgotten since; its offset may mean another one now. */
  forgotten: boolean;
  frozen?: { total: number; acked: number; refused: number };
  leavers: { acked: number; refused: number; left: number };
}

interface Member {
  readonly start: number;
  cursor: number;
  readonly done: Set<number>;
  readonly refused: Set<number>;
}

export interface ModelLimits {
  readonly personal: boolean;
  readonly maxOpen: number;
  readonly maxEntries: number;
}

/** What a topic should be, in sets: no counters, no indices, nothing remembered that can be worked out. */
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

  /** @returns what was appended, undefined where the topic is full. */
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
    };
    this.sent.push(sent);
    if (this.head - this.base > maxEntries && !(personal && guarded)) {
      const oldest = this.at(this.base + 1);
      if (oldest?.state === 'pending') this.end(oldest, 'dead');
      this.base++;
    }
    return sent;
  }

  /** A newcomer to a personal topic owes what nobody has acknowledged yet, one to a named topic what comes later. */
  subscribe(session: string): void {
    if (this.members.has(session)) return;
    const [lowest] = this.open;
    const start = this.limits.personal && lowest ? lowest.offset - 1 : this.head;
    const done = new Set<number>();
    for (let o = start + 1; o <= this.head; o++) if (this.at(o)?.state !== 'pending') done.add(o);
    this.members.set(session, { start, cursor: start, done, refused: new Set() });
  }

  ack(session: string, upTo: number | undefined, offsets: readonly number[]): 'stored' | 'not_member' | 'above_head' {
    const member = this.members.get(session);
    if (!member) return 'not_member';
    if (Math.max(upTo ?? 0, ...offsets) > this.head) return 'above_head';
    const before = member.cursor;
    const selected = offsets.filter((o) => o > before && o > this.base && !this.isHole(o));
    for (const o of selected) member.done.add(o);
    member.cursor = Math.max(before, upTo ?? 0, this.base);
    while (member.cursor < this.head && (member.done.has(member.cursor + 1) || this.isHole(member.cursor + 1))) {
      member.cursor++;
    }
    for (const sent of this.open) {
      const { offset } = sent;
      if ((offset > before && offset <= member.cursor) || selected.includes(offset)) this.settle(sent);
    }
    return 'stored';
  }

  refuse(session: string, offset: number): 'done' | 'not_member' | 'above_head' {
    const member = this.members.get(session);
    if (!member) return 'not_member';
    if (offset > this.head) return 'above_head';
    const settled = offset <= Math.max(member.cursor, this.base) || member.done.has(offset) || this.isHole(offset);
    if (settled) return 'done';
    member.done.add(offset);
    member.refused.add(offset);
    const sent = this.at(offset);
    if (sent?.state === 'pending') this.settle(sent);
    return 'done';
  }

  leave(session: string): void {
    const member = this.members.get(session);
    if (!member) return;
    const owed = this.open.filter(({ offset }) => offset > member.start);
    for (const { offset, leavers } of owed) {
      if (member.refused.has(offset)) leavers.refused++;
      else if (hasDone(member, offset)) leavers.acked++;
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
    this.end(sent, 'cancelled');
    return 'cancelled';
  }

  expire(): void {
    for (const sent of this.open) if (sent.expired) this.end(sent, 'expired');
  }

  /** What may be removed at the low end: ended, and passed by every session or of no use to any. */
  mayTrim(offset: number): boolean {
    const sent = this.at(offset);
    if (!sent || sent.state === 'pending') return false;
    const lowest = Math.min(...[...this.members.values()].map(({ cursor }) => cursor), Number.MAX_SAFE_INTEGER);
    return sent.expired || (this.limits.personal ? offset <= lowest : this.isHole(offset));
  }

  /** The numbering starts again. */
  forget(): void {
    for (const sent of this.sent) sent.forgotten = true;
    this.base = 0;
    this.head = 0;
  }

  counts({ offset, frozen, leavers, forgotten }: Sent): Counts {
    const recipients = forgotten ? [] : [...this.members.values()].filter(({ start }) => start < offset);
    const refusers = recipients.filter(({ refused }) => refused.has(offset)).length;
    const live = {
      total: recipients.length,
      refused: refusers,
      acked: recipients.filter((member) => hasDone(member, offset)).length - refusers,
    };
    const { total, acked, refused } = frozen ?? live;
    return {
      total: total + leavers.acked + leavers.refused + leavers.left,
      acked: acked + leavers.acked,
      refused: refused + leavers.refused,
      pending: total - acked - refused,
      left: leavers.left,
    };
  }

  private settle(sent: Sent): void {
    const { total, acked, refused, pending } = this.counts(sent);
    if (sent.policy === 'any') {
      const present = total - sent.leavers.acked - sent.leavers.refused - sent.leavers.left;
      if (acked > 0) this.end(sent, 'acked');
      else if (present > 0 && refused - sent.leavers.refused === present) this.end(sent, 'dead');
    } else if (pending === 0 && acked + refused > 0) this.end(sent, refused > 0 ? 'dead' : 'acked');
  }

  private end(sent: Sent, state: 'acked' | 'expired' | 'cancelled' | 'dead'): void {
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
}

function hasDone({ cursor, done }: Member, offset: number): boolean {
  return offset <= cursor || done.has(offset);
}
