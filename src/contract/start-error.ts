/** Why a process cannot start, told to whoever can mend it: a sentence with what to do, and no stack. Never holds a secret. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StartError';
  }
}
