import { type ScriptedSocket, ScriptedServer, note } from './scripted-server.js';

const WINDOW = 6;

/** Record of a session in a topic. */
interface Member {
  /** Offset up to which everything was sent on this connection, in order. */
  sent: number;
  cursor: number;
  readonly ahead: Set<number>;
  readonly unacked: Map<number, number>;
  /** Offset up to which notifications may have been sent before. */
  maybeSent: number;
}

/**
 * Server that keeps the promises of the protocol, except when a test makes it lose or repeat a
 * frame.
 */
export class ModelServer extends ScriptedServer {
  readonly heads = new Map([
    ['user:ann', 0],
    ['orders', 0],
  ]);
  /** Offsets acknowledged by any session, by topic. */
  readonly acked = new Map<string, Set<number>>();
  /** Offsets at which the session joined, by topic. It owes no acks up to them. */
  private readonly owed = new Map<string, number>();
  /** True if acks on this connection are ignored from now on. */
  deaf = false;
  /** Number of notifications still to lose on their way, each at most once. */
  losses = 0;
  private readonly lost = new Set<string>();
  /** Number of tokens still to refuse. */
  refusals = 0;
  private members = new Map<string, Member>();
  private session = 0;
  /** Connection that holds the session. */
  private holder: ScriptedSocket | undefined;

  override take(
    { event, data: sent, id }: { event: string; data?: unknown; id?: string | number },
    socket: ScriptedSocket,
  ): void {
    const data = (sent ?? {}) as Record<string, unknown>;
    const topic = String(data['topic']);
    if (event === 'hello') this.hello(socket, data['session']);
    else if (event === 'subscribe') this.join(socket, topic, data, id);
    else if (event === 'ack' && !this.deaf) this.ack(socket, topic, data);
    else if (event === 'nack') this.members.get(topic)?.unacked.set(Number(data['offset']), 1);
  }

  publish(topic: string): void {
    this.heads.set(topic, this.head(topic) + 1);
    this.pumpAll();
  }

  /** Resends one of the unacknowledged notifications. */
  redeliver(nth: number): void {
    if (this.holder !== this.socket) return;
    for (const [topic, { unacked }] of this.members) {
      const offsets = [...unacked.keys()];
      const offset = offsets[nth % offsets.length];
      if (offset === undefined) continue;
      const attempt = (unacked.get(offset) ?? 1) + 1;
      unacked.set(offset, attempt);
      this.holder?.say('notification', this.note(topic, offset, attempt));
    }
  }

  cut(code = 1006): void {
    this.deaf = false;
    this.socket.end(code);
  }

  /** Forgets the session before the client comes back. */
  forget(): void {
    this.members.clear();
    this.session++;
  }

  isAllAcked(): boolean {
    return [...this.heads].every(([topic, head]) => {
      for (let offset = (this.owed.get(topic) ?? 0) + 1; offset <= head; offset++) {
        if (!this.acked.get(topic)?.has(offset)) return false;
      }
      return true;
    });
  }

  private hello(socket: ScriptedSocket, wanted: unknown): void {
    if (this.refusals > 0) {
      this.refusals--;
      socket.say('goodbye', { code: 4401, reason: 'token expired', reconnect: true, retryAfterMs: 0 });
      return socket.end(4401);
    }
    this.holder = socket;
    const session = `s${this.session}`;
    const resumed = wanted === session;
    if (!resumed) this.forget();
    const members = resumed ? [...this.members] : [];
    this.members = new Map();
    socket.say('welcome', { ...this.welcome, session: `s${this.session}`, resumed, window: WINDOW });
    for (const [topic, { cursor, ahead, sent, maybeSent }] of members) {
      this.attach(socket, topic, {
        cursor,
        ahead,
        sent: cursor,
        unacked: new Map(),
        maybeSent: Math.max(sent, maybeSent),
      });
    }
    if (!this.members.has('user:ann')) this.attach(socket, 'user:ann', this.fresh('user:ann'));
    this.pumpAll();
  }

  private join(socket: ScriptedSocket, topic: string, data: Record<string, unknown>, id?: string | number): void {
    if (!this.members.has(topic)) this.owed.set(topic, this.head(topic));
    const head = this.head(topic);
    const member = this.members.get(topic) ?? { ...this.fresh(topic), cursor: head, sent: head };
    if (typeof data['offset'] === 'number') {
      member.maybeSent = Math.max(member.maybeSent, member.sent);
      member.sent = Math.min(data['offset'], member.cursor, member.sent);
      member.unacked.clear();
    }
    this.attach(socket, topic, member, id);
    this.pumpAll();
  }

  private attach(socket: ScriptedSocket, topic: string, member: Member, id?: string | number): void {
    this.members.set(topic, member);
    const cursor = member.sent;
    socket.say('subscribed', { topic, epoch: 'e1', offset: this.head(topic), cursor, recovered: true }, id);
  }

  /** Creates a session's record, which starts with all unacknowledged notifications. */
  private fresh(topic: string): Member {
    const acked = this.acked.get(topic) ?? new Set();
    let cursor = 0;
    while (acked.has(cursor + 1)) cursor++;
    const ahead = new Set([...acked].filter((offset) => offset > cursor));
    return { cursor, sent: cursor, ahead, unacked: new Map(), maybeSent: 0 };
  }

  private ack(socket: ScriptedSocket, topic: string, { offset, offsets }: Record<string, unknown>): void {
    const member = this.members.get(topic);
    if (!member) return socket.say('error', { code: 'not_subscribed', message: topic, retryable: false });
    const acked = this.acked.get(topic) ?? new Set();
    this.acked.set(topic, acked);
    const upTo = Number(offset ?? 0);
    const done = [...Array.from({ length: upTo }, (_, index) => index + 1), ...((offsets ?? []) as number[])];
    for (const one of done) {
      acked.add(one);
      member.unacked.delete(one);
      if (one > member.cursor) member.ahead.add(one);
    }
    while (member.ahead.delete(member.cursor + 1)) member.cursor++;
    this.pumpAll();
  }

  private pumpAll(): void {
    if (this.holder !== this.socket || this.holder.closedWith !== undefined) return;
    for (const [topic, member] of this.members) this.pump(topic, member);
  }

  private pump(topic: string, member: Member): void {
    while (member.sent < this.head(topic) && member.unacked.size < WINDOW) {
      const offset = ++member.sent;
      if (member.ahead.has(offset)) {
        this.holder?.say('gap', { topic, from: offset, to: offset, reason: 'trimmed' });
        continue;
      }
      const attempt = offset > member.maybeSent ? 1 : 2;
      member.unacked.set(offset, attempt);
      const name = `${topic} ${offset}`;
      if (this.losses > 0 && !this.lost.has(name)) {
        this.losses--;
        this.lost.add(name);
      } else this.holder?.say('notification', this.note(topic, offset, attempt));
    }
  }

  private note(topic: string, offset: number, attempt: number): Record<string, unknown> {
    return note(offset, { topic, attempt, id: `${topic}/${offset}` });
  }

  private head(topic: string): number {
    return this.heads.get(topic) ?? 0;
  }
}
