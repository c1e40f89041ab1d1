/**
 * Ends the process at once if it is told to stop during startup: it has not served anybody yet, so
 * there is nothing to drain. Node's default handlers do not suffice, since the first process of a
 * container has none.
 */
class StartSignals {
  /** Called with the signal before the end. */
  onEnd: (signal: NodeJS.Signals) => void = () => undefined;
  private readonly listeners = new Map<NodeJS.Signals, () => void>();

  /** Listens to signals until `release`. */
  keep(...signals: readonly NodeJS.Signals[]): void {
    for (const signal of signals) {
      if (this.listeners.has(signal)) continue;
      const end = (): void => {
        this.onEnd(signal);
        process.exit(0);
      };
      this.listeners.set(signal, end);
      process.on(signal, end);
    }
  }

  /** Leaves the signals to other listeners. */
  release(): void {
    for (const [signal, end] of this.listeners) process.off(signal, end);
    this.listeners.clear();
  }
}

export const startSignals = new StartSignals();
