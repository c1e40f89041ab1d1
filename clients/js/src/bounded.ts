/**
 * Waits for a promise, but not longer than a bound.
 * @param late called when the time is over; makes the error.
 */
export function bounded<T>(work: PromiseLike<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    const settled = (): void => clearTimeout(timer);
    work.then(resolve, reject).then(settled, settled);
  });
}
