/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/**
 * What a client remembers beyond its own life. A rejected promise is told as `storage_unavailable`, and the client goes on
 * in memory.
 */
export interface Store {
  /** The session to go on with, and nobody else's; asked once, before the first connection. */
  session(): Awaitable<string | undefined>;
  /** Remembers the session that the server gave, or that there is none any more. */
  keep(session: string | undefined): Awaitable<void>;
  /** Ids that this user's application has handled, oldest first; asked when the user is known. */
  seen(user: string, max: number): Awaitable<readonly string[]>;
  /** Remembers ids as handled. Done once they survive a crash: they are acknowledged to the server right afterwards. */
  add(user: string, ids: readonly string[]): Awaitable<void>;
  /**
   * The right to handle a notification, where several clients are one application. Waits until no other has it.
   * @returns what gives it back, or undefined where another has handled the notification meanwhile.
   */
  claim?: ((user: string, id: string) => Promise<(() => void) | undefined>) | undefined;
  /** The client is closed; it may be opened again. */
  close?(): void;
}
