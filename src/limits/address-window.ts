import { siteOf } from './site.js';

export interface WindowOptions {
  /** Maximum events of one address within a window. */
  readonly max: number;
  readonly windowMs: number;
  /** Maximum addresses remembered; beyond it, the one with the oldest window is forgotten. */
  readonly addresses: number;
}

/**
 * Counts events by address in a window that begins with the first one. Unlike a library's, it is
 * bounded and needs no timer.
 */
export class AddressWindow {
  private readonly counts = new Map<string, { count: number; untilMs: number }>();

  constructor(private readonly options: WindowOptions) {}

  get size(): number {
    return this.counts.size;
  }

  /** Milliseconds until the address may go on; 0 if it may now. */
  waitMs(address: string): number {
    if (this.counts.size === 0) return 0;
    const known = this.counts.get(siteOf(address));
    if (!known || known.count < this.options.max) return 0;
    return Math.max(0, known.untilMs - performance.now());
  }

  count(address: string): void {
    const site = siteOf(address);
    const now = performance.now();
    const known = this.counts.get(site);
    if (known && known.untilMs > now) {
      known.count++;
      return;
    }
    this.counts.delete(site);
    this.counts.set(site, { count: 1, untilMs: now + this.options.windowMs });
    const [oldest] = this.counts.keys();
    if (this.counts.size > this.options.addresses && oldest !== undefined) this.counts.delete(oldest);
  }
}
