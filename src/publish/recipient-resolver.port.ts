import { Injectable } from '@nestjs/common';
import { ALL_TOPIC, sessionTopic, userTopic } from '../contract/topic-name.js';
import type { NotificationTarget } from '../contract/notification.schema.js';

/**
 * Port: turns the `to` of a notification into topics. Bind your own to address teams, roles or
 * segments.
 *
 * It is called once for each accept request, before anything is stored, and again for a retry with
 * the same idempotency key. It must then return the same topics; added ones would be delivered as
 * well. It should answer within a second. A `PostriderError` refuses the request with its code; any
 * other error answers 500, and nothing is stored.
 */
export abstract class RecipientResolver {
  /** @returns distinct topic names; an empty list refuses the request. */
  abstract resolve(app: string, to: NotificationTarget): readonly string[] | Promise<readonly string[]>;
}

/** Default resolver: each target of the contract is one topic. */
@Injectable()
export class TargetRecipientResolver extends RecipientResolver {
  resolve(_app: string, to: NotificationTarget): readonly string[] {
    if (to.user !== undefined) return [userTopic(to.user)];
    if (to.users) return [...new Set(to.users)].map(userTopic);
    if (to.topic !== undefined) return [to.topic];
    if (to.topics) return [...new Set(to.topics)];
    if (to.session !== undefined) return [sessionTopic(to.session)];
    return [ALL_TOPIC];
  }
}
