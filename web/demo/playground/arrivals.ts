import { type Signal, signal } from '@preact/signals';
import type { Message } from '@postrider/client';
import { messageOf } from '../key';

/** State of a received notification: unacknowledged, answer under way, acknowledged, or gone. */
export type Mark = 'waiting' | 'busy' | 'acked' | 'gone';

export interface Arrival {
  key: string;
  message: Message;
  mark: Mark;
  text: string;
}

interface Gap {
  topic: string;
  from: number;
  to: number;
  reason: string;
}

const KEPT = 500;

/** Received notifications, newest first. A redelivery changes the row of its first delivery. */
export class Arrivals {
  readonly rows = signal<readonly Signal<Arrival>[]>([]);
  readonly autoAck = signal(false);

  /** @param acked called with the id of each notification whose ack the server stored. */
  constructor(private readonly acked: (id: string) => void) {}

  arrive(message: Message): void {
    const key = `${message.topic} ${message.epoch} ${message.offset}`;
    const fresh: Arrival = { key, message, mark: 'waiting', text: 'not acknowledged' };
    const known = this.rows.value.find((row) => row.value.key === key);
    if (known) known.value = fresh;
    const row = known ?? signal(fresh);
    if (!known) this.rows.value = [row, ...this.rows.value].slice(0, KEPT);
    if (this.autoAck.value) void this.accept(row);
  }

  /** Marks offsets that will not come again. */
  close({ topic, from, to, reason }: Gap): void {
    for (const row of this.rows.value) {
      const { message } = row.value;
      if (message.topic === topic && message.offset >= from && message.offset <= to) this.mark(row, 'gone', reason);
    }
  }

  async accept(row: Signal<Arrival>): Promise<void> {
    const { message } = row.value;
    this.mark(row, 'busy', 'acknowledging …');
    try {
      await message.ack();
      this.mark(row, 'acked', 'acknowledged');
      this.acked(message.id);
    } catch (error) {
      this.mark(row, 'waiting', messageOf(error));
    }
  }

  async sendBack(row: Signal<Arrival>): Promise<void> {
    const { message } = row.value;
    this.mark(row, 'busy', 'sending back …');
    try {
      await message.nack();
      // The redelivery may arrive before the answer.
      if (row.value.mark === 'busy') this.mark(row, 'waiting', 'sent back, will be redelivered');
    } catch (error) {
      this.mark(row, 'waiting', messageOf(error));
    }
  }

  clear(): void {
    this.rows.value = [];
  }

  private mark(row: Signal<Arrival>, mark: Mark, text: string): void {
    row.value = { ...row.value, mark, text };
  }
}
