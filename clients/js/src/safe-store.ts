import { bounded } from './bounded.js';
import { now } from './clock.js';
import type { Emitter } from './emitter.js';
import { guarded, textOf } from './errors.js';
import { randomKey } from './random-key.js';
import type { Awaitable, Store } from './store.js';

const ANSWER_MS = 5_000;
const CLAIM_MS = 1_000;
const REST_MS = 30_000;

type LetGo = (() => void) | undefined;

/**
 * Store that neither fails nor hangs: it reports the first failure, and the client goes on in
 * memory. A method that does not answer is not called for a while.
 */
export class SafeStore {
  readonly #store: Partial<Store>;
  readonly #seenMax: number;
  readonly #events: Emitter;
  readonly #restUntil = new Map<keyof Store, number>();
  #isBroken = false;
  #isAsked = false;
  /** Session last read from or written to the store. */
  #kept: Awaitable<string | undefined>;
  /** Ids that the store has not taken. */
  #left: string[] = [];

  constructor(store: Partial<Store>, seenMax: number, events: Emitter) {
    this.#store = store;
    this.#seenMax = seenMax;
    this.#events = events;
  }

  /** Returns the session to resume. It may be another one after a close. */
  session(): Awaitable<string | undefined> {
    if (!this.#isAsked) this.#kept = this.#call('session', this.#kept);
    this.#isAsked = true;
    return this.#kept;
  }

  keep(session: string | undefined): void {
    this.#isAsked = true;
    this.#kept = session;
    void this.#call('keep', undefined, session);
  }

  seen(user: string): Awaitable<readonly string[]> {
    this.#left = [];
    return this.#call<readonly string[]>('seen', [], user, this.#seenMax);
  }

  /** Adds ids. Ids that the store fails to take are added again with later ones. */
  add(user: string, ids: readonly string[]): Awaitable<void> {
    if (!this.#store.add) return;
    const settled = (isLost: unknown): void => {
      if (isLost === true) this.#left = [...this.#left, ...ids].slice(-this.#seenMax);
      else if (this.#left.length > 0) void this.add(user, this.#left.splice(0));
    };
    const work = this.#call<unknown>('add', true, user, ids);
    return work instanceof Promise ? work.then(settled) : settled(work);
  }

  /**
   * Waits for the right to handle a notification.
   * @returns undefined if the store has no claims. Otherwise a promise of the function that gives
   * the right back, or of undefined if another client has handled the notification.
   */
  claim(user: string, id: string, turn: number): Promise<LetGo> | undefined {
    return this.#store.claim && this.#claim(user, id, turn);
  }

  close(): void {
    this.#isAsked = false;
    void this.#call('close', undefined);
  }

  async #claim(user: string, id: string, turn: number): Promise<LetGo> {
    const free = (): void => undefined;
    if (this.#isResting('claim')) return free;
    const claim = this.#ask(user, id, turn);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isDeaf = new Promise<never>((_, reject) => {
      timer = setTimeout(() => this.#probe(user).catch(reject), CLAIM_MS);
    });
    try {
      const letGo = await Promise.race([claim, isDeaf]);
      return letGo && ((): void => guarded(letGo, (cause) => this.#failed(cause, undefined)));
    } catch (cause) {
      release(claim);
      return this.#failed(cause, free);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(user: string, id: string, turn?: number): Promise<LetGo> {
    return this.#store.claim?.(user, id, turn);
  }

  /**
   * Claims an id that nobody else knows. A working store grants it at once, even while other
   * clients hold notifications.
   */
  #probe(user: string): Promise<unknown> {
    const granted = this.#ask(user, randomKey());
    release(granted);
    return bounded(granted, ANSWER_MS - CLAIM_MS, () => this.#rest('claim'));
  }

  /**
   * @returns the store's result; `otherwise` if it has no such method, does not answer, or fails.
   */
  #call<T>(method: keyof Store, otherwise: Awaitable<T>, ...args: unknown[]): Awaitable<T> {
    const work = this.#store[method] as ((...args: unknown[]) => Awaitable<T>) | undefined;
    if (!work || this.#isResting(method)) return otherwise;
    try {
      const result = work.apply(this.#store, args);
      if (typeof (result as PromiseLike<T> | undefined)?.then !== 'function') return result;
      const answer = result as PromiseLike<T>;
      const answered = (): boolean => this.#restUntil.delete(method);
      answer.then(answered, answered);
      const inTime = bounded(answer, ANSWER_MS, () => this.#rest(method));
      return inTime.catch((cause) => this.#failed(cause, otherwise));
    } catch (cause) {
      return this.#failed(cause, otherwise);
    }
  }

  #failed<T>(cause: unknown, otherwise: T): T {
    if (!this.#isBroken) this.#events.fail('storage_unavailable', textOf(cause), cause);
    this.#isBroken = true;
    return otherwise;
  }

  #isResting(method: keyof Store): boolean {
    return now() < (this.#restUntil.get(method) ?? 0);
  }

  #rest(method: keyof Store): Error {
    this.#restUntil.set(method, now() + REST_MS);
    return new Error(`${method}: no answer`);
  }
}

/** Gives back a right that was granted too late. */
function release(claim: Promise<LetGo>): void {
  claim.then((letGo) => letGo?.()).catch(() => undefined);
}
