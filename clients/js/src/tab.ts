import { randomKey } from './random-key.js';

/**
 * Attempts to lock the identity after a reload, as the previous page may still hold it for a
 * moment. Attempts are counted instead of time, so that a stalled page loses none of them.
 */
const LOOKS = 20;
const LOOK_PAUSE_MS = 50;

/**
 * Waits for a Web Lock.
 * @returns a function that gives it back; undefined without Web Locks (insecure pages).
 */
export function lock(name: string, options: LockOptions = {}): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const { locks } = globalThis.navigator ?? {};
    if (!locks) {
      resolve(undefined);
      return;
    }
    const held = (granted: unknown): Promise<void> | void =>
      granted === null ? resolve(undefined) : new Promise((release) => resolve(release));
    locks.request(`postrider ${name}`, options, held).catch(reject);
  });
}

/**
 * The part of `sessionStorage` that belongs to this tab. A duplicated tab has a copy: the tab that
 * holds the lock keeps the identity, and the other one starts over. Without Web Locks, the copy
 * cannot be told from the original, so every page starts over.
 */
export class Tab {
  readonly #name: string;
  #found: Promise<string> | undefined;
  #release: (() => void) | undefined;
  #round = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Identity of this tab alone. */
  id(): Promise<string> {
    if (!this.#found) {
      this.#found = this.#find(this.#round);
      this.#found.catch(() => {
        this.#found = undefined;
      });
    }
    return this.#found;
  }

  read(key: string): string | undefined {
    return globalThis.sessionStorage?.getItem(`postrider ${key} ${this.#name}`) || undefined;
  }

  write(key: string, value = ''): void {
    globalThis.sessionStorage?.setItem(`postrider ${key} ${this.#name}`, value);
  }

  /** Gives up the identity; another page may take it. */
  leave(): void {
    this.#round++;
    this.#release?.();
    this.#found = undefined;
    this.#release = undefined;
  }

  async #find(round: number): Promise<string> {
    const known = this.read('tab');
    if (known !== undefined && (await this.#hold(known, round, LOOKS))) return known;
    const fresh = randomKey();
    if (round === this.#round) {
      // Nobody else knows the name yet, so there is nothing to wait for.
      void this.#hold(fresh, round);
      this.write('tab', fresh);
      this.write('session');
    }
    return fresh;
  }

  /**
   * Locks an identity for this round.
   * @returns true if the lock was granted before the round ended.
   */
  async #hold(id: string, round: number, looks = 1): Promise<boolean> {
    try {
      for (let left = looks; left > 0 && navigator.locks && round === this.#round; left--) {
        const release = await lock(`tab ${id}`, { ifAvailable: true });
        if (release && round === this.#round) {
          this.#release = release;
          return true;
        }
        release?.();
        if (left > 1) await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
      }
    } catch {
      // Without locks, the page starts over.
    }
    return false;
  }
}
