import { type ErrorCode, PostriderError, guarded, textOf } from './errors.js';
import type { PostriderEvents } from './events.js';

type Listener<T> = (data: T) => unknown;

/** Events by name, each with data of its own type. */
export class Emitter {
  readonly #listeners = new Map<keyof PostriderEvents, Set<Listener<never>>>();

  /** @returns a function that removes the listener. */
  on<E extends keyof PostriderEvents>(event: E, listener: Listener<PostriderEvents[E]>): () => void {
    // A listener may be added twice; each removal takes away its own.
    const own: Listener<PostriderEvents[E]> = (data) => listener(data);
    const listeners = this.of(event).add(own);
    return () => void listeners.delete(own);
  }

  /** Returns the live set of an event's listeners. */
  of<E extends keyof PostriderEvents>(event: E): Set<Listener<PostriderEvents[E]>> {
    const listeners = this.#listeners.get(event) ?? new Set<Listener<never>>();
    this.#listeners.set(event, listeners);
    return listeners as unknown as Set<Listener<PostriderEvents[E]>>;
  }

  /** Reports a failure that the client recovers from by itself. */
  fail(code: ErrorCode, message: string, cause?: unknown): void {
    this.emit('error', new PostriderError(code, message, true, cause));
  }

  emit<E extends keyof PostriderEvents>(event: E, data: PostriderEvents[E]): void {
    const listeners = this.of(event);
    // A failure without a listener must not go unnoticed.
    if (event === 'error' && listeners.size === 0) console.warn(`${(data as PostriderError).code}: ${String(data)}`);
    for (const listener of listeners) this.call(() => listener(data), event === 'error');
  }

  /**
   * Calls the application and reports its failure, on the console if the listener is one for
   * errors.
   */
  call(listener: () => unknown, isOfErrors = false): void {
    guarded(listener, (thrown) => {
      if (isOfErrors) console.error(thrown);
      else this.fail('listener_failed', textOf(thrown), thrown);
    });
  }
}
