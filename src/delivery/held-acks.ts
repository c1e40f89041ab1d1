import type { OnStored } from './collected-acks.js';
import type { Subscription } from './subscription.js';

interface Held {
  /** Refused, and not stored yet. */
  readonly refused: Set<number>;
  upTo: number;
  readonly waiting: OnStored[];
}

/**
 * Cumulative acknowledgements that wait until the refusals below them are stored: the cursor that goes over an offset first
 * would make an acknowledgement of it.
 */
export class HeldAcks {
  private readonly held = new Map<Subscription, Held>();

  /** A refusal of the session is being stored. */
  refuse(subscription: Subscription, offset: number): void {
    const held = this.held.get(subscription) ?? { refused: new Set(), upTo: 0, waiting: [] };
    this.held.set(subscription, held);
    held.refused.add(offset);
  }

  /** @returns whether the acknowledgement waits; it is given back by `release`. */
  hold(subscription: Subscription, offset: number, onStored?: OnStored): boolean {
    const held = this.held.get(subscription);
    if (!held) return false;
    held.upTo = Math.max(held.upTo, offset);
    if (onStored) held.waiting.push(onStored);
    return true;
  }

  /**
   * The refusal of an offset is stored, or never will be.
   * @returns up to where the session may be acknowledged now, and who is told of it; undefined where it still waits or there is none.
   */
  release(subscription: Subscription, offset: number): Pick<Held, 'upTo' | 'waiting'> | undefined {
    const held = this.held.get(subscription);
    if (!held?.refused.delete(offset) || held.refused.size > 0) return undefined;
    this.held.delete(subscription);
    return held.upTo > 0 ? held : undefined;
  }
}
