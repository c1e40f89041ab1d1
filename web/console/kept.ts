/** Values that the browser keeps for us, if it keeps anything. */
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
      // Kept until the page is left.
    }
  },
};

const PREFIX = 'postrider.console.';
