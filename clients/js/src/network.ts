/** Calls back when the network may have changed or the page is looked at again. Does nothing outside of browsers. */
export function watchNetwork(changed: () => void): () => void {
  const { document, addEventListener } = globalThis;
  const ended = new AbortController();
  const { signal } = ended;
  // A page that comes out of the back/forward cache may not change its visibility.
  for (const name of ['online', 'offline', 'pageshow']) addEventListener?.(name, changed, { signal });
  document?.addEventListener('visibilitychange', () => document.hidden || changed(), { signal });
  return () => ended.abort();
}
