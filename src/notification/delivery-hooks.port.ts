import { Injectable } from '@nestjs/common';
import type { Publisher } from '../auth/api-key.registry.js';
import type { Accepted } from './answer.schema.js';
import type { NotificationBody } from './notification.schema.js';

/**
 * Port: what a team wants to do around an accept.
 *
 * `beforeAccept` runs before anything is stored and may refuse (throw a `PostriderError`) or rewrite (return another body); it
 * is awaited, so it adds its time to every accept, and runs again for a retry: it must give the same body for the same
 * request. A dry run asks it, too, and nothing is accepted then. `afterAccept` observes what was answered; it is not awaited, and a throw is logged and changes nothing.
 */
export abstract class DeliveryHooks {
  abstract beforeAccept(publisher: Publisher, body: NotificationBody): NotificationBody | Promise<NotificationBody>;
  abstract afterAccept(publisher: Publisher, body: NotificationBody, accepted: Accepted): void | Promise<void>;
}

/** Accepts everything as it is. */
@Injectable()
export class NoDeliveryHooks extends DeliveryHooks {
  beforeAccept(_publisher: Publisher, body: NotificationBody): NotificationBody {
    return body;
  }

  afterAccept(): void {
    // Nothing to observe.
  }
}
