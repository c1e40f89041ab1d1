import { computed, signal } from '@preact/signals';
import type { Message } from '@postrider/client';
import { freshKey, messageOf } from '../key';
import { Participant } from '../participant';
import { type Person, type Stage, topicOf } from '../stage';

export interface Line {
  key: string;
  from: string;
  text: string;
  at: Date;
  /** Offset in the conversation, once the server has it. */
  offset?: number;
  error?: string;
}

/**
 * State of a line. `waiting`: in the outbox; `sent`: stored by the server; `read`: acknowledged by
 * the other side.
 */
export type Tick = 'waiting' | 'sent' | 'read' | 'failed';

interface ChatData {
  key: string;
  from: string;
  text: string;
}

/** Window that is small enough to fill by hand. */
const WINDOW = 5;
const KEPT = 300;
const REWIND = 100;

/** One side of the conversation: its lines, and how far the other side has read. */
export class Chat {
  readonly participant: Participant;
  /** Lines stored by the server in its order, then the waiting ones. */
  readonly lines = computed(() => [...this.stored.value, ...this.waiting.value]);
  readonly otherIsThere = signal(false);
  readonly joined: Promise<void>;
  private readonly stored = signal<readonly Line[]>([]);
  private readonly waiting = signal<readonly Line[]>([]);
  /** Offset up to which the other side acknowledged. */
  private readonly readTo = signal(0);
  private readonly topic: string;
  private readonly readTopic: string;
  private acked = 0;
  private told = 0;
  private telling = false;

  constructor(
    stage: Stage,
    me: Person,
    private readonly other: Person,
  ) {
    this.topic = topicOf(stage, 'chat');
    this.readTopic = topicOf(stage, 'read');
    this.participant = new Participant({ person: me, window: WINDOW });
    this.joined = this.join();
  }

  /**
   * Queues a line; it is `waiting` until the server has stored it. Never rejects: a refusal is
   * shown on the line.
   */
  async say(text: string, key = freshKey()): Promise<void> {
    const { client, user } = this.participant;
    const line: Line = { key, from: user, text, at: new Date() };
    this.waiting.value = [...this.waiting.value, line];
    try {
      const { offset } = await client.publish(this.topic, 'chat.message', { key, from: user, text }, { key });
      this.store({ ...line, offset });
    } catch (error) {
      this.waiting.value = this.waiting.value.map((each) =>
        each.key === key ? { ...each, error: messageOf(error) } : each,
      );
    }
  }

  tickOf({ offset, error }: Line): Tick {
    if (error !== undefined) return 'failed';
    if (offset === undefined) return 'waiting';
    return offset <= this.readTo.value ? 'read' : 'sent';
  }

  /** Asks for the presence of the topic. */
  async lookAround(): Promise<void> {
    const { client } = this.participant;
    if (client.state !== 'open') return;
    try {
      this.otherIsThere.value = (await client.presence(this.topic)).users.includes(this.other.user);
    } catch {
      // The connection was lost. The next request will show the presence.
    }
  }

  /** Joins the conversation, with earlier lines for latecomers. */
  private async join(): Promise<void> {
    const { client } = this.participant;
    await Promise.all([
      client.subscribe(this.topic, (message) => this.hear(message), { rewind: REWIND }),
      client.subscribe(this.readTopic, (message) => this.otherHasRead(message), { rewind: REWIND }),
    ]);
  }

  private hear(message: Message): void {
    const { key, from, text } = message.data as ChatData;
    this.store({ key, from, text, at: message.at, offset: message.offset });
    const own = from === this.participant.user;
    this.participant.take(message, () => void (own || this.tellRead(message.offset)));
  }

  private otherHasRead(message: Message): void {
    const { by, offset } = message.data as { by: string; offset: number };
    if (by === this.other.user) this.readTo.value = Math.max(this.readTo.value, offset);
    void message.ack().catch(() => {});
  }

  /** Reports this side's acks to the other side; many acks share one report. */
  private async tellRead(offset: number): Promise<void> {
    this.acked = Math.max(this.acked, offset);
    if (this.telling) return;
    this.telling = true;
    const { client, user } = this.participant;
    try {
      while (this.told < this.acked) {
        const upTo = this.acked;
        await client.publish(this.readTopic, 'chat.read', { by: user, offset: upTo });
        this.told = upTo;
      }
    } catch {
      // The next ack reports it.
    } finally {
      this.telling = false;
    }
  }

  /** Confirms a line. The answer to a publish and its echo may come in either order. */
  private store(line: Line): void {
    this.waiting.value = this.waiting.value.filter(({ key }) => key !== line.key);
    const others = this.stored.value.filter(({ key }) => key !== line.key);
    const sorted = [...others, line].toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
    this.stored.value = sorted.slice(-KEPT);
  }
}
