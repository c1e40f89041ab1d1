import { hash, timingSafeEqual } from 'node:crypto';

/** A key by its hash, and what it opens. */
export interface KeyEntry<T> {
  readonly digest: Buffer;
  readonly owner: T;
  /** From when on it is not known any more, ms since 1970. */
  readonly notAfterMs?: number | undefined;
}

/**
 * SHA-256 and no slow hash: keys are random (`npm run key` makes 192 bits), so there is no list of likely ones that a slow hash
 * would protect, while every request would pay for it.
 */
export const digestOf = (key: string): Buffer => hash('sha256', key, 'buffer');

/** Keys, held as digests only. */
export class KeyRing<T> {
  /** By the first bytes of the digest. Whoever measured which are taken would learn nothing: no key can be made for a digest. */
  private readonly byStart = new Map<number, KeyEntry<T>[]>();

  /** @param now milliseconds since 1970. */
  constructor(
    readonly entries: readonly KeyEntry<T>[],
    private readonly now: () => number,
  ) {
    for (const entry of entries) this.startingAs(entry.digest).push(entry);
  }

  /** The owner of a key that is known now. Digests are compared in constant time. */
  ownerOf(key: string): T | undefined {
    const digest = digestOf(key);
    const entry = this.byStart.get(startOf(digest))?.find((known) => timingSafeEqual(known.digest, digest));
    return entry && this.isValid(entry) ? entry.owner : undefined;
  }

  /** The first owner of a key that is known now and of whom it holds. */
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
