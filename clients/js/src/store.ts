/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/**
 * Memory of a client that outlives it. If a call throws, or does not answer within seconds, the
 * client reports `storage_unavailable` and goes on in memory.
 */
export interface Store {
  /**
   * Returns the session to resume. Called before the first connection, and before the first after a
   * close.
   */
  session(): Awaitable<string | undefined>;
  /** Stores the session; `undefined` if there is none now. */
  keep(session: string | undefined): Awaitable<void>;
  /** Returns up to `max` ids that this user's application has handled, oldest first. */
  seen(user: string, max: number): Awaitable<readonly string[]>;
  /**
   * Stores ids as handled. They must be crash-safe when this returns, because they are acknowledged
   * right afterwards.
   */
  add(user: string, ids: readonly string[]): Awaitable<void>;
  /**
   * Waits for the right to handle a notification, if several clients are one application.
   * @param turn number of holders that were given up as hung. Each turn is a separate right.
   * @returns a function that gives the right back; undefined if another client has handled the
   * notification.
   */
  claim?: ((user: string, id: string, turn?: number) => Promise<(() => void) | undefined>) | undefined;
  /** Releases everything. The client is closed; it may use the store again. */
  close?(): void;
}
