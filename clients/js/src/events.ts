import type { State } from './connection-machine.js';
import type { PostriderError } from './errors.js';
import type { Gap, Goodbye, Subscribed, Unsubscribed, Welcome } from './frames.js';
import type { Message } from './message.js';

/** A new state of the connection. */
export interface StateChange {
  /** The new state. */
  state: State;
  /** Why: a code as of errors; `closed` where the application closed it. */
  reason?: string | undefined;
  /** Milliseconds until the next try begins; only in the states `waiting` and `suspended`. */
  retryInMs?: number | undefined;
}

/** The events of a client, with their data. */
export interface PostriderEvents {
  /** The connection has another state. */
  state: StateChange;
  /** A notification of the user, of the session or to all. Counts as handled once every listener has returned. */
  notification: Message;
  /** Offsets that will never come. */
  gap: Gap;
  /** Another tab of this browser has handled it. */
  elsewhere: Message;
  /** Something failed; what is `retryable` is tried again by itself. */
  error: PostriderError;
  /** The server has greeted. */
  welcome: Welcome;
  /** A topic is subscribed on this connection. */
  subscribed: Subscribed;
  /** A topic is not subscribed any more. */
  unsubscribed: Unsubscribed;
  /** The server is about to close the connection. */
  goodbye: Goodbye;
}
