/**
 * Calls back when the network may have changed or the page becomes visible. Does nothing outside
 * browsers.
 * @returns a function that stops it.
 */
export function watchNetwork(changed: () => void): () => void {
  const { document, addEventListener } = globalThis;
  const ended = new AbortController();
  const { signal } = ended;
  // A page restored from the back/forward cache may not change its visibility.
  for (const name of ['online', 'offline', 'pageshow']) addEventListener?.(name, changed, { signal });
  const shown = (): void => {
    if (!document.hidden) changed();
  };
  document?.addEventListener('visibilitychange', shown, { signal });
  return () => ended.abort();
}
