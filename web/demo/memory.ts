/**
 * Reads state that this tab keeps across reloads. If the browser forbids storage, the state is lost
 * and the page still works.
 */
export function recall(name: string): string | undefined {
  try {
    return sessionStorage.getItem(`postrider.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a value for this tab, if the browser allows it. */
export function remember(name: string, value: string): void {
  try {
    sessionStorage.setItem(`postrider.${name}`, value);
  } catch {
    // Storage is full or forbidden.
  }
}
