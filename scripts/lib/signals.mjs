const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SAME_KEYSTROKE_MS = 1_000;

/**
 * Turns the signals that end a program into an abort. One Ctrl-C arrives twice under npm (from the terminal and
 * passed on by npm), so only a later signal counts as impatience and calls `onImpatience`.
 */
export function stopSignal(onImpatience = () => {}) {
  const controller = new AbortController();
  let first;
  for (const name of SIGNALS) {
    process.on(name, () => {
      first ??= Date.now();
      controller.abort(new Error(name));
      if (Date.now() - first > SAME_KEYSTROKE_MS) onImpatience();
    });
  }
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
