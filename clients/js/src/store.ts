/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/**
 * The memory of a client beyond its own life. A call that throws, or does not answer within seconds, is told as
 * `storage_unavailable`, and the client goes on in memory.
 */
export interface Store {
  /** The session to go on with, and nobody else's; asked before the first connection, and before the first after a close. */
  session(): Awaitable<string | undefined>;
  /** Remembers the session that the server gave, or that there is none any more. */
  keep(session: string | undefined): Awaitable<void>;
  /** Ids that this user's application has handled, oldest first; asked when the user is known. */
  seen(user: string, max: number): Awaitable<readonly string[]>;
  /** Remembers ids as handled. Done once they survive a crash: they are acknowledged to the server right afterwards. */
  add(user: string, ids: readonly string[]): Awaitable<void>;
  /**
   * The right to handle a notification, where several clients are one application. Waits until no other has it. Whoever had
   * it for longer than a handler may take has hung: then those who wait ask for another right to the same notification, with
   * a `turn` that is one higher.
   * @returns what gives it back, or undefined where another has handled the notification meanwhile.
   */
  claim?: ((user: string, id: string, turn?: number) => Promise<(() => void) | undefined>) | undefined;
  /** The client is closed; it may be opened again. */
  close?(): void;
}
