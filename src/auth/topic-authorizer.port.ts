import type { Identity } from './authenticator.port.js';

/**
 * Port: decides which topics an identity may use.
 *
 * It is asked at each subscribe, at each resume for every topic of the session, and at each publish
 * from a socket. It must answer from the identity or a cache, because a reconnect storm asks
 * thousands of times a second. `false` refuses with `forbidden`; an error is an internal error and
 * refuses as well. `canSubscribe` is not asked about the personal topic, the session's own topic
 * and `all`, to which the server subscribes every session; `canPublish` is asked about every topic.
 */
export abstract class TopicAuthorizer {
  abstract canSubscribe(identity: Identity, topic: string): boolean | Promise<boolean>;
  abstract canPublish(identity: Identity, topic: string): boolean | Promise<boolean>;
}
