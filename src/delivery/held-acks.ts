import type { OnStored } from './collected-acks.js';
import type { Subscription } from './subscription.js';

interface Held {
  /** Refused offsets that are not stored yet. */
  readonly refused: Set<number>;
  upTo: number;
  readonly waiting: OnStored[];
}

/**
 * Cumulative acks that wait until the refusals below them are stored. If the cursor passed such an
 * offset first, the refusal would become an acknowledgment.
 */
export class HeldAcks {
  private readonly held = new Map<Subscription, Held>();

  /** Records that a refusal of the session is being stored. */
  refuse(subscription: Subscription, offset: number): void {
    const held = this.held.get(subscription) ?? { refused: new Set(), upTo: 0, waiting: [] };
    this.held.set(subscription, held);
    held.refused.add(offset);
  }

  /** @returns true if the ack has to wait; `release` returns it. */
  hold(subscription: Subscription, offset: number, onStored?: OnStored): boolean {
    const held = this.held.get(subscription);
    if (!held) return false;
    held.upTo = Math.max(held.upTo, offset);
    if (onStored) held.waiting.push(onStored);
    return true;
  }

  /**
   * Records that the refusal of an offset is stored, or never will be.
   * @returns the offset up to which the session may be acknowledged now, and the waiting callers;
   * undefined if there is none or it still has to wait.
   */
  release(subscription: Subscription, offset: number): Pick<Held, 'upTo' | 'waiting'> | undefined {
    const held = this.held.get(subscription);
    if (!held?.refused.delete(offset) || held.refused.size > 0) return undefined;
    this.held.delete(subscription);
    return held.upTo > 0 ? held : undefined;
  }
}
