import { type Signal, signal } from '@preact/signals';
import type { Api } from '../api';
import { freshKey, messageOf } from '../key';

/** Notification that was sent from the page. */
export interface Sending {
  id: string;
  state: string;
  progress: string;
}

const KEPT = 20;

/** Sends notifications over REST and shows their progress. */
export class Sendings {
  readonly items = signal<readonly Signal<Sending>[]>([]);

  constructor(private readonly api: Api) {}

  /**
   * Sends a notification. Resolves once it is accepted.
   * @throws ApiError whose message is the server's reason.
   */
  async send(notification: object): Promise<void> {
    const { id, state } = await this.api.notify(notification, freshKey());
    this.items.value = [signal<Sending>({ id, state, progress: '' }), ...this.items.value].slice(0, KEPT);
    await this.refresh(id);
  }

  /** Updates the progress of a notification that was sent from the page. */
  async refresh(id: string): Promise<void> {
    const item = this.items.value.find((each) => each.value.id === id);
    if (item === undefined) return;
    try {
      const { state, recipients } = await this.api.status(id);
      const progress = `${state} · ${recipients.acked} of ${recipients.total} acknowledged`;
      item.value = { id, state, progress };
    } catch (error) {
      item.value = { ...item.value, progress: messageOf(error) };
    }
  }
}
