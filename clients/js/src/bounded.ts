/**
 * Waits for a promise, but not longer than a bound.
 * @param late creates the error once the time is up.
 */
export function bounded<T>(work: PromiseLike<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    const settled = (): void => clearTimeout(timer);
    work.then(resolve, reject).then(settled, settled);
  });
}
