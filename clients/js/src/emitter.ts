type Listener<T> = (data: T) => unknown;

/** Events by name, each with data of its own type. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** @param broken told of what a listener throws. */
  constructor(private readonly broken: (thrown: unknown, event: keyof Events) => void) {}

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const listeners = this.of(event);
    // A listener may be given twice: each `off` takes away its own.
    const own: Listener<Events[E]> = (data) => listener(data);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** Everyone who listens to an event; the set stays the same. */
  of<E extends keyof Events>(event: E): Set<Listener<Events[E]>> {
    let listeners = this.listeners.get(event);
    if (!listeners) this.listeners.set(event, (listeners = new Set()));
    return listeners as unknown as Set<Listener<Events[E]>>;
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    for (const listener of this.of(event)) {
      try {
        listener(data);
      } catch (thrown) {
        this.broken(thrown, event);
      }
    }
  }
}
