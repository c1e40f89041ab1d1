import { BrowserStore } from './browser.store.js';
import type { Emitter } from './emitter.js';
import { PostriderError, textOf } from './errors.js';
import type { PostriderEvents } from './events.js';
import type { Settings } from './options.js';
import { type Awaitable, MemoryStore, type Store } from './store.js';

/** A store that does not fail: what goes wrong is told once, and the client goes on in memory. */
export class SafeStore {
  /** Present where the store has it. */
  readonly claim: Store['claim'];
  private readonly store: Store;
  private broken = false;

  constructor(
    settings: Settings,
    private readonly events: Emitter<PostriderEvents>,
  ) {
    const { seen, url, clientName } = settings;
    const store: Store =
      settings.store ??
      (globalThis.indexedDB ? new BrowserStore(`${url} ${clientName}`, seen === 'browser') : new MemoryStore());
    this.store = store;
    if (!store.claim) return;
    this.claim = async (user, id) =>
      this.guard(
        () => store.claim?.(user, id),
        () => undefined,
      );
  }

  session(): Awaitable<string | undefined> {
    return this.guard(() => this.store.session(), undefined);
  }

  keep(session: string | undefined): Awaitable<void> {
    return this.guard(() => this.store.keep(session), undefined);
  }

  seen(user: string, max: number): Awaitable<readonly string[]> {
    return this.guard(() => this.store.seen(user, max), []);
  }

  add(user: string, ids: readonly string[]): Awaitable<void> {
    return this.guard(() => this.store.add(user, ids), undefined);
  }

  close(): void {
    void this.guard(() => this.store.close?.(), undefined);
  }

  private guard<T>(work: () => Awaitable<T>, instead: T): Awaitable<T> {
    const failed = (cause: unknown): T => {
      const error = new PostriderError('storage_unavailable', textOf(cause), true, cause);
      if (!this.broken) this.events.emit('error', error);
      this.broken = true;
      return instead;
    };
    try {
      const result = work();
      return result instanceof Promise ? result.catch(failed) : result;
    } catch (cause) {
      return failed(cause);
    }
  }
}
