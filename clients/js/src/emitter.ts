import { type ErrorCode, PostriderError, guarded, textOf } from './errors.js';
import type { PostriderEvents } from './events.js';

type Listener<T> = (data: T) => unknown;

/** Events by name, each with data of its own type. */
export class Emitter {
  private readonly listeners = new Map<keyof PostriderEvents, Set<Listener<never>>>();

  on<E extends keyof PostriderEvents>(event: E, listener: Listener<PostriderEvents[E]>): () => void {
    // A listener may be given twice: each `off` takes away its own.
    const own: Listener<PostriderEvents[E]> = (data) => listener(data);
    const listeners = this.of(event).add(own);
    return () => void listeners.delete(own);
  }

  /** Everyone who listens to an event; the set stays the same. */
  of<E extends keyof PostriderEvents>(event: E): Set<Listener<PostriderEvents[E]>> {
    let listeners = this.listeners.get(event);
    if (!listeners) this.listeners.set(event, (listeners = new Set()));
    return listeners as unknown as Set<Listener<PostriderEvents[E]>>;
  }

  /** Tells of a failure that is seen to without anybody's doing. */
  fail(code: ErrorCode, message: string, cause?: unknown): void {
    this.emit('error', new PostriderError(code, message, true, cause));
  }

  emit<E extends keyof PostriderEvents>(event: E, data: PostriderEvents[E]): void {
    const listeners = this.of(event);
    // A failure that nobody listens to shall not pass unnoticed.
    if (event === 'error' && listeners.size === 0) console.warn(`${(data as PostriderError).code}: ${String(data)}`);
    const failed = (thrown: unknown): void => {
      if (event === 'error') console.error(thrown);
      else this.fail('listener_failed', textOf(thrown), thrown);
    };
    for (const listener of listeners) guarded(() => listener(data), failed);
  }
}
