import type { Publisher } from '../contract/publisher.js';
import type { Accepted } from '../contract/notification-answers.schema.js';
import type { NotificationBody } from '../contract/notification.schema.js';

/**
 * Port: custom logic around each accept. Any number of hooks can be bound; they run in the order in
 * which they are listed. A hook overrides only the methods that it needs.
 */
export abstract class AcceptHook {
  /**
   * Runs before anything is stored. It may refuse the notification by throwing a `PostriderError`,
   * or change it by returning another body. The accept waits for it, so its time adds to every
   * request. It runs again for a retry with the same idempotency key, and must return the same body
   * for the same request. Dry runs call it too.
   */
  beforeAccept(_publisher: Publisher, body: NotificationBody): NotificationBody | Promise<NotificationBody> {
    return body;
  }

  /**
   * Observes an accepted notification. Nothing waits for it: an error is only logged, and a process
   * that dies may not have run it.
   */
  afterAccept(_publisher: Publisher, _body: NotificationBody, _accepted: Accepted): void | Promise<void> {
    // By default, a hook observes nothing.
  }
}

/** Injection token of the bound hooks, in their order. */
export const ACCEPT_HOOKS = Symbol('accept hooks');
