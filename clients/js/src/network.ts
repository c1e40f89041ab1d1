/** Calls back when the network may have changed or the page is looked at again. Does nothing outside of browsers. */
export function watchNetwork(changed: () => void): () => void {
  const { document, addEventListener } = globalThis;
  const ended = new AbortController();
  const { signal } = ended;
  for (const name of ['online', 'offline']) addEventListener?.(name, changed, { signal });
  document?.addEventListener('visibilitychange', () => document.hidden || changed(), { signal });
  return () => ended.abort();
}
