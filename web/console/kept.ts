/** Values kept in the browser's storage, if that is allowed. */
export const kept = {
  read(name: string): string | undefined {
    try {
      return localStorage.getItem(PREFIX + name) ?? undefined;
    } catch {
      return undefined;
    }
  },
  write(name: string, value: string): void {
    try {
      localStorage.setItem(PREFIX + name, value);
    } catch {
      // Storage is forbidden: the value lasts until the page is left.
    }
  },
};

const PREFIX = 'postrider.console.';
