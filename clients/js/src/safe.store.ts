import { BrowserStore } from './browser.store.js';
import type { Emitter } from './emitter.js';
import { textOf } from './errors.js';
import type { Settings } from './options.js';
import type { Store } from './store.js';

type Method<K extends keyof Store> = NonNullable<Store[K]>;
type Result<K extends keyof Store> = ReturnType<Method<K>> | undefined;

/** A store that does not fail: what goes wrong is told once, and the client goes on in memory, as it does without one. */
export class SafeStore {
  /** Whether notifications have to be claimed before they are handled. */
  readonly claims: boolean;
  private readonly store: Partial<Store> | undefined;
  private broken = false;

  constructor(
    settings: Settings,
    private readonly events: Emitter,
  ) {
    const { seen, url, clientName } = settings;
    let { store } = settings;
    if (!store && globalThis.indexedDB) store = new BrowserStore(`${url} ${clientName}`, seen === 'browser');
    this.store = store;
    this.claims = !!store?.claim;
  }

  /** @returns what the store does; undefined where there is none, or where it fails: then everybody may handle everything. */
  call<K extends keyof Store>(method: K, ...args: Parameters<Method<K>>): Result<K> {
    const failed = (cause: unknown): unknown => {
      if (!this.broken) {
        this.events.fail('storage_unavailable', textOf(cause), cause);
      }
      this.broken = true;
      return method === 'claim' ? () => undefined : undefined;
    };
    try {
      const work = this.store?.[method] as ((...args: unknown[]) => unknown) | undefined;
      const result = work?.apply(this.store, args);
      return (result instanceof Promise ? result.catch(failed) : result) as Result<K>;
    } catch (cause) {
      return failed(cause) as Result<K>;
    }
  }
}
