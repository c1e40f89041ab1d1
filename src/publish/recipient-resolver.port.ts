import { Injectable } from '@nestjs/common';
import { ALL_TOPIC, sessionTopic, userTopic } from '../contract/topic-name.js';
import type { NotificationTarget } from '../contract/notification.schema.js';

/**
 * Port: turns the `to` of a notification into topics. A team binds its own to address teams, roles or segments.
 *
 * Called once for each accepted request, before anything is stored, and again for a retry with the same idempotency key:
 * it must then give the same topics, or those added since are delivered as well. It should answer within a second. A
 * `PostriderError` refuses the request with that code; any other throw answers 500, and nothing is stored.
 */
export abstract class RecipientResolver {
  /** @returns names of topics, without repetition; an empty list refuses the request. */
  abstract resolve(app: string, to: NotificationTarget): readonly string[] | Promise<readonly string[]>;
}

/** The targets of the contract, one to one. */
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
