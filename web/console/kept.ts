/** What the browser keeps for us, where it keeps anything. */
export const kept = {
  /** Undefined where nothing was kept, `null` where nothing can be. */
  read(name: string): string | undefined | null {
    try {
      return localStorage.getItem(PREFIX + name) ?? undefined;
    } catch {
      return null;
    }
  },
  write(name: string, value: string): void {
    try {
      localStorage.setItem(PREFIX + name, value);
    } catch {
      // Known until the page is left, then.
    }
  },
  forget(name: string): void {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch {
      // Nothing was kept.
    }
  },
};

const PREFIX = 'postrider.console.';
