import { PostriderError, textOf } from './errors.js';

type Listener<T> = (data: T) => unknown;

/** Events by name, each with data of its own type. */
export class Emitter<Events extends { error: PostriderError }> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    // A listener may be given twice: each `off` takes away its own.
    const own: Listener<Events[E]> = (data) => listener(data);
    const listeners = this.of(event).add(own);
    return () => void listeners.delete(own);
  }

  /** Everyone who listens to an event; the set stays the same. */
  of<E extends keyof Events>(event: E): Set<Listener<Events[E]>> {
    let listeners = this.listeners.get(event);
    if (!listeners) this.listeners.set(event, (listeners = new Set()));
    return listeners as unknown as Set<Listener<Events[E]>>;
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    const listeners = this.of(event);
    // A failure that nobody listens to shall not pass unnoticed.
    if (event === 'error' && listeners.size === 0) console.warn(String(data));
    for (const listener of listeners) {
      try {
        listener(data);
      } catch (thrown) {
        const error = new PostriderError('listener_failed', textOf(thrown), false, thrown);
        if (event === 'error') console.error(error);
        else this.emit('error', error);
      }
    }
  }
}
