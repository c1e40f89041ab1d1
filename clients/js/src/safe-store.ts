import { bounded } from './bounded.js';
import { BrowserStore } from './browser-store.js';
import type { Emitter } from './emitter.js';
import { guarded, textOf } from './errors.js';
import type { Settings } from './options.js';
import { randomKey } from './outbox.js';
import type { Awaitable, Store } from './store.js';

const ANSWER_MS = 5_000;
const CLAIM_MS = 1_000;
const REST_MS = 30_000;

/**
 * A store that neither fails nor hangs: what goes wrong is told once, and the client goes on in memory, as it does without one.
 * A method that does not answer is left alone for a while.
 */
export class SafeStore {
  /** True if notifications have to be claimed before they are handled. */
  readonly claims: boolean;
  private readonly store: Partial<Store>;
  private readonly restUntil = new Map<keyof Store, number>();
  private isBroken = false;
  private isAsked = false;
  /** The session that the store gave, or was given. */
  private kept: Awaitable<string | undefined>;
  /** Ids that the store has not taken. */
  private left: string[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly events: Emitter,
  ) {
    const { seen, url, clientName, store } = settings;
    this.store = store ?? (isBrowser() ? new BrowserStore(`${url} ${clientName}`, seen === 'browser') : {});
    this.claims = !!this.store.claim;
  }

  /** The session to go on with; after a close it may be somebody else's. */
  session(): Awaitable<string | undefined> {
    if (!this.isAsked) this.kept = this.call('session', this.kept);
    this.isAsked = true;
    return this.kept;
  }

  keep(session: string | undefined): void {
    this.isAsked = true;
    this.kept = session;
    void this.call('keep', undefined, session);
  }

  seen(user: string): Awaitable<readonly string[]> {
    this.left = [];
    return this.call<readonly string[]>('seen', [], user, this.settings.seenMax);
  }

  /** Adds ids. Those that the store does not take now are given again when it takes something. */
  add(user: string, ids: readonly string[]): Awaitable<void> {
    if (!this.store.add) return;
    const settled = (isLost: unknown): void => {
      if (isLost === true) this.left = [...this.left, ...ids].slice(-this.settings.seenMax);
      else if (this.left.length > 0) void this.add(user, this.left.splice(0));
    };
    const work = this.call<unknown>('add', true, user, ids);
    return work instanceof Promise ? work.then(settled) : settled(work);
  }

  /** @returns what gives back the right to handle a notification; undefined where another client has handled it. */
  async claim(user: string, id: string, turn: number): Promise<(() => void) | undefined> {
    const free = (): void => undefined;
    if (this.isResting('claim')) return free;
    const claim = this.ask(user, id, turn);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isDeaf = new Promise<never>((_, reject) => {
      timer = setTimeout(() => this.probe(user).catch(reject), CLAIM_MS);
    });
    try {
      const letGo = await Promise.race([claim, isDeaf]);
      return letGo && ((): void => guarded(letGo, (cause) => this.failed(cause, undefined)));
    } catch (cause) {
      claim.then((letGo) => letGo?.()).catch(() => undefined);
      return this.failed(cause, free);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.isAsked = false;
    void this.call('close', undefined);
  }

  private async ask(user: string, id: string, turn?: number): Promise<(() => void) | undefined> {
    return this.store.claim?.(user, id, turn);
  }

  /** Claims an id that nobody else knows: a store that is in order grants it at once, however long others hold a notification. */
  private probe(user: string): Promise<unknown> {
    const granted = this.ask(user, randomKey());
    granted.then((letGo) => letGo?.()).catch(() => undefined);
    return bounded(granted, ANSWER_MS - CLAIM_MS, () => this.rest('claim'));
  }

  /** @returns what the store says; `otherwise` where it has no such method, does not answer, or fails. */
  private call<T>(method: keyof Store, otherwise: Awaitable<T>, ...args: unknown[]): Awaitable<T> {
    const work = this.store[method] as ((...args: unknown[]) => Awaitable<T>) | undefined;
    if (!work || this.isResting(method)) return otherwise;
    try {
      const result = work.apply(this.store, args);
      if (typeof (result as PromiseLike<T> | undefined)?.then !== 'function') return result;
      const answered = (): boolean => this.restUntil.delete(method);
      (result as PromiseLike<T>).then(answered, answered);
      return bounded(result as PromiseLike<T>, ANSWER_MS, () => this.rest(method)).catch((cause) =>
        this.failed(cause, otherwise),
      );
    } catch (cause) {
      return this.failed(cause, otherwise);
    }
  }

  private failed<T>(cause: unknown, otherwise: T): T {
    if (!this.isBroken) this.events.fail('storage_unavailable', textOf(cause), cause);
    this.isBroken = true;
    return otherwise;
  }

  private isResting(method: keyof Store): boolean {
    return performance.now() < (this.restUntil.get(method) ?? 0);
  }

  private rest(method: keyof Store): Error {
    this.restUntil.set(method, performance.now() + REST_MS);
    return new Error(`${method}: no answer`);
  }
}

function isBrowser(): boolean {
  try {
    return !!globalThis.indexedDB;
  } catch {
    // Told when it is used.
    return true;
  }
}
