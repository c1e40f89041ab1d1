import { bounded } from './bounded.js';
import type { Emitter } from './emitter.js';
import { textOf } from './errors.js';
import type { SafeStore } from './safe-store.js';
import type { Settings } from './settings.js';
import type { Awaitable } from './store.js';

const LOAD_MS = 5_000;

/**
 * Session and handled ids. They outlive the client if there is a store, whose code is loaded with
 * the first connection.
 */
export class Memory {
  readonly #settings: Settings;
  readonly #events: Emitter;
  #store: SafeStore | undefined;
  #session: string | undefined;
  #isBroken = false;

  constructor(settings: Settings, events: Emitter) {
    this.#settings = settings;
    this.#events = events;
  }

  /** The session to resume. */
  async session(): Promise<string | undefined> {
    if (!this.#store && (this.#settings.store || hasBrowserStorage())) await this.#load();
    return this.#store ? this.#store.session() : this.#session;
  }

  keep(session: string | undefined): void {
    this.#session = session;
    this.#store?.keep(session);
  }

  seen(user: string): Awaitable<readonly string[]> {
    return this.#store?.seen(user) ?? [];
  }

  /** @returns a promise only if there is a store to wait for. */
  add(user: string, ids: readonly string[]): Awaitable<void> {
    return this.#store?.add(user, ids);
  }

  /** @returns undefined if a notification may be handled without a claim. */
  claim(user: string, id: string, turn: number): Promise<(() => void) | undefined> | undefined {
    return this.#store?.claim(user, id, turn);
  }

  close(): void {
    this.#store?.close();
  }

  async #load(): Promise<void> {
    try {
      const { openStore } = await bounded(import('./storage.js'), LOAD_MS, () => new Error('storage.js: no answer'));
      this.#store = openStore(this.#settings, this.#events);
      if (this.#session) this.#store.keep(this.#session);
    } catch (cause) {
      if (!this.#isBroken) this.#events.fail('storage_unavailable', textOf(cause), cause);
      this.#isBroken = true;
    }
  }
}

function hasBrowserStorage(): boolean {
  try {
    return !!globalThis.indexedDB;
  } catch {
    // Forbidden. The store reports it.
    return true;
  }
}
