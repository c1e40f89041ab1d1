/** Calls back when the network may have changed or the page is looked at again. Does nothing outside of browsers. */
export function watchNetwork(changed: () => void): () => void {
  const { document } = globalThis;
  const seen = (): void => {
    if (document.visibilityState === 'visible') changed();
  };
  const events = ['online', 'offline'] as const;
  if (typeof globalThis.addEventListener === 'function') for (const name of events) addEventListener(name, changed);
  document?.addEventListener('visibilitychange', seen);
  return () => {
    if (typeof globalThis.removeEventListener === 'function') {
      for (const name of events) removeEventListener(name, changed);
    }
    document?.removeEventListener('visibilitychange', seen);
  };
}
