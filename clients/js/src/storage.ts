import { BrowserStore } from './browser-store.js';
import type { Emitter } from './emitter.js';
import type { Settings } from './settings.js';
import { SafeStore } from './safe-store.js';

/** Opens the application's store, or the browser's. */
export function openStore({ store, seen, url, clientName, seenMax }: Settings, events: Emitter): SafeStore {
  return new SafeStore(store ?? new BrowserStore(`${url} ${clientName}`, seen === 'browser'), seenMax, events);
}
