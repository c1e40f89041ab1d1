import { BrowserStore } from './browser.store.js';
import { PostriderError, textOf } from './errors.js';
import type { Settings } from './options.js';
import { type Awaitable, MemoryStore, type Store } from './store.js';

/** A store that does not fail: what goes wrong is told, once in a row, and the client goes on in memory. */
export class SafeStore {
  private readonly store: Store;
  private broken = false;
  /** Present where the store has it. */
  readonly claim: Store['claim'];

  constructor(
    settings: Settings,
    private readonly failed: (error: PostriderError) => void,
  ) {
    const { seen, url, clientName } = settings;
    const inBrowser = typeof indexedDB !== 'undefined';
    const store: Store =
      settings.store ?? (inBrowser ? new BrowserStore(`${url} ${clientName}`, seen === 'browser') : new MemoryStore());
    this.store = store;
    if (store.claim) {
      const free = (): (() => void) => () => undefined;
      this.claim = async (user, id) => this.guard(() => store.claim?.(user, id), free());
    }
  }

  session(): Promise<string | undefined> {
    return Promise.resolve(this.guard(() => this.store.session(), undefined));
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
    try {
      const result = work();
      if (!(result instanceof Promise)) return result;
      return result.then(
        (value) => {
          this.broken = false;
          return value;
        },
        (cause: unknown) => this.report(cause, instead),
      );
    } catch (cause) {
      return this.report(cause, instead);
    }
  }

  private report<T>(cause: unknown, instead: T): T {
    if (!this.broken) {
      const what = `Nothing can be remembered beyond this page or process: ${textOf(cause)}`;
      this.failed(new PostriderError('storage_unavailable', what, true, cause));
    }
    this.broken = true;
    return instead;
  }
}
