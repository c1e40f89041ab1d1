/**
 * Ends the process at once when it is told to while it starts: it has served nobody yet, so there is nothing to drain. Node's
 * defaults do not do for this, as the first process of a container has none.
 */
class StartSignals {
  /** Called before the end, with the signal. */
  onEnd: (signal: NodeJS.Signals) => void = () => undefined;
  private readonly listeners = new Map<NodeJS.Signals, () => void>();

  /** Listens to signals, until `release`. */
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

  /** From now on others listen. */
  release(): void {
    for (const [signal, end] of this.listeners) process.off(signal, end);
    this.listeners.clear();
  }
}

export const startSignals = new StartSignals();
