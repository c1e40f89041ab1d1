const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SAME_KEYSTROKE_MS = 1_000;

/**
 * Turns the end of a program into an abort: a signal, or the death of the npm that runs it. Under
 * npm one Ctrl-C arrives twice (from the terminal and from npm), so only a later signal counts as
 * impatience and calls `onImpatience`.
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
  if (process.env.npm_lifecycle_event !== undefined) watchParent(() => controller.abort(new Error('npm ended')));
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
}
