import { hash, timingSafeEqual } from 'node:crypto';

/** Owner of a key, by the key's hash. */
export interface KeyEntry<T> {
  readonly digest: Buffer;
  readonly owner: T;
  /** Expiry of the key, in ms since 1970. */
  readonly notAfterMs?: number | undefined;
}

/**
 * SHA-256 instead of a slow hash: keys are random (`npm run key` makes 192 bits), so guessing is
 * hopeless anyway, and every request pays for the hash.
 */
export const digestOf = (key: string): Buffer => hash('sha256', key, 'buffer');

/** Keys, kept as digests only. */
export class KeyRing<T> {
  /**
   * Entries by the first bytes of the digest. Timing reveals only which of them exist, and nobody
   * can make a key for a digest.
   */
  private readonly byStart = new Map<number, KeyEntry<T>[]>();

  /** @param now milliseconds since 1970. */
  constructor(
    readonly entries: readonly KeyEntry<T>[],
    private readonly now: () => number,
  ) {
    for (const entry of entries) this.startingAs(entry.digest).push(entry);
  }

  /** Owner of a key that has not expired. Digests are compared in constant time. */
  ownerOf(key: string): T | undefined {
    const digest = digestOf(key);
    const entry = this.byStart.get(startOf(digest))?.find((known) => timingSafeEqual(known.digest, digest));
    return entry && this.isValid(entry) ? entry.owner : undefined;
  }

  /** First owner with an unexpired key that satisfies the predicate. */
  find(holds: (owner: T) => boolean): T | undefined {
    return this.entries.find((entry) => holds(entry.owner) && this.isValid(entry))?.owner;
  }

  private isValid({ notAfterMs }: KeyEntry<T>): boolean {
    return notAfterMs === undefined || notAfterMs > this.now();
  }

  private startingAs(digest: Buffer): KeyEntry<T>[] {
    const start = startOf(digest);
    const found = this.byStart.get(start) ?? [];
    this.byStart.set(start, found);
    return found;
  }
}

const startOf = (digest: Buffer): number => digest.readUInt32BE(0);
