/**
 * Error that keeps a process from starting: one sentence for the operator with what to do, without
 * stack or secrets.
 */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StartError';
  }
}
