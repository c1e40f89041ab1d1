/** A client of Postrider, the notification push server. */
export { Postrider, type PublishOptions } from './client.js';
export type { PostriderEvents, StateChange } from './events.js';
export type { PostriderOptions, Socket, SocketConstructor, SocketEvent } from './options.js';
export type { BackoffOptions } from './backoff.js';
export type { State } from './connection-machine.js';
export type { Handler, Message } from './message.js';
export type { SubscribeOptions, Subscription } from './subscriptions.js';
export type { Frame, Gap, Goodbye, Presence, Published, Subscribed, Unsubscribed, Welcome } from './frames.js';
export { PostriderError, type ClientErrorCode, type ErrorCode, type ServerErrorCode } from './errors.js';
export type { Awaitable, Store } from './store.js';
