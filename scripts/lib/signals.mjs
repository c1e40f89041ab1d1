const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const SAME_KEYSTROKE_MS = 1_000;

/**
 * Returns an abort signal for the end of a program, by a signal or because the npm that runs it was
 * killed. Under npm, one Ctrl-C arrives twice, from the terminal and from npm, so only a later
 * signal calls `onImpatience`.
 */
export function stopSignal(onImpatience = () => {}) {
  const controller = new AbortController();
  /** @type {number | undefined} */
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

/**
 * Resolves when the signal is aborted.
 * @param {AbortSignal} signal
 * @returns {Promise<undefined>}
 */
export function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** @param {() => void} onGone */
function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
}
