/** The call of a tool cannot be understood; the message says what to change. */
export class UsageError extends Error {
  override name = 'UsageError';
}
