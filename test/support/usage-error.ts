/** Invalid command line of a tool; the message says what to change. */
export class UsageError extends Error {
  override name = 'UsageError';
}
