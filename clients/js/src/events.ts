import type { State } from './connection-machine.js';
import type { PostriderError } from './errors.js';
import type { Gap, Goodbye, Subscribed, Unsubscribed, Welcome } from './frames.js';
import type { Message } from './message.js';

/** Change of the connection's state. */
export interface StateChange {
  /** The new state. */
  state: State;
  /** Reason: an error code; `closed` if the application closed the client. */
  reason?: string | undefined;
  /** Milliseconds until the next attempt. Only in the states `waiting` and `suspended`. */
  retryInMs?: number | undefined;
}

/** Events of a client, with their data. */
export interface PostriderEvents {
  /** The state of the connection changed. */
  state: StateChange;
  /**
   * A notification for the user, the session or everybody. It is handled once every listener has
   * returned.
   */
  notification: Message;
  /** Offsets that will not come. */
  gap: Gap;
  /** Another tab of this browser handled the notification. */
  elsewhere: Message;
  /** Something failed. The client itself tries again if the error is `retryable`. */
  error: PostriderError;
  /** The server sent its welcome. */
  welcome: Welcome;
  /** The server confirmed a subscription on this connection. */
  subscribed: Subscribed;
  /** A subscription ended. */
  unsubscribed: Unsubscribed;
  /** The server is about to close the connection. */
  goodbye: Goodbye;
}
