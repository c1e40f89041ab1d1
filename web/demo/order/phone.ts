import { signal } from '@preact/signals';
import type { Message } from '@postrider/client';
import { Participant } from '../participant';
import type { Stage } from '../stage';
import { type OrderData, STEPS, type Step } from './shop';

/** Order as the phone knows it. */
export interface Parcel {
  order: string;
  steps: Partial<Record<Step, Date>>;
  text: string;
}

export interface Banner {
  id: string;
  title: string;
  text: string;
}

const WINDOW = 4;
const BANNER_MS = 5_000;

/** The customer's phone: a client that shows the notifications of its user. */
export class Phone {
  readonly participant: Participant;
  readonly parcel = signal<Parcel | undefined>(undefined);
  readonly banner = signal<Banner | undefined>(undefined);
  private timer = 0;

  constructor({ people }: Stage) {
    this.participant = new Participant({ person: people.shopper, window: WINDOW });
    this.participant.client.on('notification', (message) => this.arrive(message));
  }

  private arrive(message: Message): void {
    const { order, step, text } = message.data as OrderData;
    if (STEPS.includes(step)) {
      const steps = this.parcel.value?.order === order ? this.parcel.value.steps : {};
      this.parcel.value = { order, text, steps: { ...steps, [step]: message.at } };
      this.ring({ id: message.id, title: `Order ${order} ${step}`, text });
    }
    this.participant.take(message);
  }

  private ring(banner: Banner): void {
    this.banner.value = banner;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.banner.value = undefined), BANNER_MS);
  }
}
