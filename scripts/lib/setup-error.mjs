/** Something the person at the terminal can mend; shown as its message alone, without a stack. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Shows an error the way its kind deserves: advice for people, a stack for faults of the scripts. */
export function describeError(error) {
  return error instanceof SetupError ? error.message : (error?.stack ?? String(error));
}
