import type { Identity } from './authenticator.port.js';

/**
 * Port: decides which topics an identity may use.
 *
 * Asked at each subscribe, at each resume for every topic of the session, and at each publish from a socket; it must
 * answer from the identity or a cache, for a reconnect storm asks thousands of times a second. `false` refuses with
 * `forbidden`; a throw is an internal error and refuses as well. `canSubscribe` is not asked about the personal topic, the
 * session's own topic and `all`, which the server subscribes; `canPublish` is asked about every topic.
 */
export abstract class TopicAuthorizer {
  abstract canSubscribe(identity: Identity, topic: string): boolean | Promise<boolean>;
  abstract canPublish(identity: Identity, topic: string): boolean | Promise<boolean>;
}
