import { computed, signal } from '@preact/signals';
import { Api, type NotificationState } from '../api';
import { messageOf } from '../key';
import type { Stage } from '../stage';

export const STEPS = ['paid', 'packed', 'shipped'] as const;
export type Step = (typeof STEPS)[number];

/** Data for the phone with each step. */
export interface OrderData {
  order: string;
  step: Step;
  text: string;
}

/** A sent step and its progress. */
export interface Receipt {
  id: string;
  order: string;
  step: Step;
  state: NotificationState;
  sentAt: number;
  /** Time from the POST to the ack, by the server's clock. */
  tookMs?: number;
}

const TEXTS: Readonly<Record<Step, string>> = {
  paid: 'We have received your payment. Thank you!',
  packed: 'Your parcel is packed and waiting for the courier.',
  shipped: 'Your parcel is on its way to you.',
};
const FIRST_ORDER = 1042;
const KEPT = 9;

/** Back end of the shop: one REST call for each step of an order, and the receipts. */
export class Shop {
  readonly order = signal(FIRST_ORDER);
  readonly done = signal(0);
  readonly receipts = signal<readonly Receipt[]>([]);
  readonly error = signal('');
  readonly busy = signal(false);
  readonly next = computed<Step | undefined>(() => STEPS[this.done.value]);
  private readonly api: Api;

  constructor(private readonly stage: Stage) {
    this.api = new Api(() => stage.apiKey);
  }

  get orderName(): string {
    return `#${this.order.value}`;
  }

  /**
   * Advances the order by one step. A retry uses the same key, so it creates no second
   * notification.
   */
  async advance(): Promise<void> {
    const step = this.next.value;
    if (step === undefined || this.busy.value) return;
    this.busy.value = true;
    this.error.value = '';
    const data: OrderData = { order: this.orderName, step, text: TEXTS[step] };
    const to = { user: this.stage.people.shopper.user };
    const key = `${this.stage.stage}-${this.order.value}-${step}`;
    try {
      const { id, state } = await this.api.notify({ to, type: `order.${step}`, data, ack: 'any' }, key);
      this.done.value += 1;
      const receipt = { id, order: data.order, step, state, sentAt: Date.now() };
      this.receipts.value = [receipt, ...this.receipts.value].slice(0, KEPT);
    } catch (error) {
      this.error.value = messageOf(error);
    } finally {
      this.busy.value = false;
    }
  }

  newOrder(): void {
    this.order.value += 1;
    this.done.value = 0;
  }

  /** Polls the progress of unacknowledged steps. */
  async refresh(): Promise<void> {
    const open = this.receipts.value.filter(({ state }) => state === 'accepted');
    await Promise.all(open.map((receipt) => this.refreshOne(receipt)));
  }

  private async refreshOne({ id }: Receipt): Promise<void> {
    try {
      const { state, history } = await this.api.status(id);
      if (state === 'accepted') return;
      const atOf = (name: string): number => Date.parse(history.find((entry) => entry.state === name)?.at ?? '');
      const tookMs = atOf('acknowledged') - atOf('accepted');
      this.receipts.value = this.receipts.value.map((each) =>
        each.id === id ? { ...each, state, ...(Number.isFinite(tookMs) && { tookMs }) } : each,
      );
    } catch {
      // The server is unreachable. The next tick asks again.
    }
  }
}
