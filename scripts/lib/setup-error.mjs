/** Problem that the person at the terminal can fix; shown as its message, without a stack. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Formats an error according to its kind: advice for people, a stack for bugs in the scripts. */
export function describeError(error) {
  return error instanceof SetupError ? error.message : (error?.stack ?? String(error));
}
