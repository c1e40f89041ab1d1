import type { PostriderError } from './errors.js';
import type { Nacked } from './frames.js';
import type { Link } from './link.js';
import type { Delivery, Home, Place, Refusal } from './message.js';

const AGAIN_MS = 1_000;
const MAX_REASON = 256;

/**
 * Reports refusals to the server. A refusal by the application is repeated across reconnects until
 * the server has stored it.
 */
export class Refusals {
  readonly #link: Link;
  /** Refusals to repeat, by notification id. */
  readonly #kept = new Map<string, Delivery>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  /** @param isKept false to report it once; if that fails, the notification is shown again. */
  refuse(delivery: Delivery, refusal: Refusal, isKept: boolean): void {
    const { closedBy } = this.#link;
    if (closedBy) return delivery.awaited?.reject(closedBy);
    // The server rejects half of a surrogate pair.
    const reason = refusal.reason?.slice(0, MAX_REASON).replace(/\p{Surrogate}/gu, '\ufffd');
    delivery.refusal = { ...refusal, reason };
    if (isKept) this.#kept.set(delivery.id, delivery);
    void this.#send(delivery);
  }

  /**
   * Repeats the refusal of a notification that comes again.
   * @returns false if it was not refused.
   */
  again(id: string, place: Place): boolean {
    const delivery = this.#kept.get(id);
    if (!delivery) return false;
    delivery.places = [...delivery.places.filter(([, , topic]) => topic !== place[2]), place];
    void this.#send(delivery);
    return true;
  }

  /**
   * Notes that the server stored a refusal. Called in order with other frames, so that the next
   * attempt is shown.
   */
  stored({ topic, offset }: Nacked): void {
    for (const delivery of this.#kept.values()) {
      delivery.places = delivery.places.filter(([, at, { name, position }]) => {
        const isIt = name === topic && at === offset;
        if (isIt && delivery.refusal?.terminate) position?.skip(offset, offset);
        return !isIt;
      });
      if (delivery.places.length === 0) this.#end(delivery);
    }
  }

  /** Drops refusals of a topic that no longer apply. @param which selects them; by default all. */
  drop(topic: Home, which?: (delivery: Delivery) => boolean, error?: PostriderError): void {
    for (const delivery of this.#kept.values()) {
      if (delivery.home === topic && (!which || which(delivery))) this.#end(delivery, error);
    }
  }

  /** Resends refusals that are still not stored after a while. */
  later(): void {
    clearTimeout(this.#timer);
    if (this.#kept.size > 0) this.#timer = setTimeout(() => this.#kept.forEach((one) => this.#send(one)), AGAIN_MS);
  }

  async #send(delivery: Delivery): Promise<void> {
    const { places, refusal = {} } = delivery;
    if (delivery.isTold || this.#link.state !== 'open') return;
    delivery.isTold = true;
    try {
      await Promise.all(
        places.map(([, offset, { name: topic }]) => this.#link.ask('nack', { topic, offset, ...refusal })),
      );
      this.#end(delivery);
    } catch (thrown) {
      const error = thrown as PostriderError;
      delivery.isTold = false;
      if (error.code === 'payload_too_large' && refusal.reason) {
        delete refusal.reason;
        return this.#send(delivery);
      }
      if (error.retryable && this.#kept.has(delivery.id)) return this.later();
      this.#end(delivery, error);
    }
  }

  #end(delivery: Delivery, error?: PostriderError): void {
    this.#kept.delete(delivery.id);
    if (error) delivery.awaited?.reject(error);
    else delivery.awaited?.resolve();
  }
}
