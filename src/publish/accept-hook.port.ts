import type { Publisher } from '../auth/api-key-registry.js';
import type { Accepted } from '../contract/answer.schema.js';
import type { NotificationBody } from '../contract/notification.schema.js';

/**
 * Port: work of a team around each accepted notification. Any number can be bound; they run in the order in which they are
 * named. A hook overrides the methods that it needs.
 */
export abstract class AcceptHook {
  /**
   * Runs before anything is stored. It may refuse the notification by throwing a `PostriderError`, or change it by returning
   * another body. The accept waits for it, so it adds its time to every request. A retry with the same idempotency key runs it
   * again, and it must return the same body for the same request. A dry run calls it too, and accepts nothing.
   */
  beforeAccept(_publisher: Publisher, body: NotificationBody): NotificationBody | Promise<NotificationBody> {
    return body;
  }

  /**
   * Observes an accepted notification. Nobody waits for it: an error is logged and changes nothing, and a process that dies
   * may not have run it.
   */
  afterAccept(_publisher: Publisher, _body: NotificationBody, _accepted: Accepted): void | Promise<void> {
    // A hook that only rules on notifications observes nothing.
  }
}

/** Injection token of the bound hooks, in their order. */
export const ACCEPT_HOOKS = Symbol('accept hooks');
