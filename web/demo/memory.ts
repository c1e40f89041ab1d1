/** What this tab remembers over a reload. A browser that forbids storage forgets, and the page works all the same. */
export function recall(name: string): string | undefined {
  try {
    return sessionStorage.getItem(`postrider.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a value for this tab, where the browser lets it. */
export function remember(name: string, value: string): void {
  try {
    sessionStorage.setItem(`postrider.${name}`, value);
  } catch {
    // Storage is full or forbidden.
  }
}
