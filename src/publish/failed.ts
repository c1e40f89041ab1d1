/** Failure of one of several things that are done together. */
export class Failed {
  constructor(readonly error: unknown) {}
}

/** Outcome of a thing that was done; without one, it has failed. */
export const settled = <T>(outcome: T | Failed | undefined): T | Failed =>
  outcome ?? new Failed(new Error('There is no outcome'));

/** @throws unknown the error of a failure. */
export function valueOf<T>(outcome: T | Failed | undefined): T {
  const known = settled(outcome);
  if (known instanceof Failed) throw known.error;
  return known;
}
