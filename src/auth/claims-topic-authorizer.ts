import { Injectable } from '@nestjs/common';
import { parseTopic } from '../contract/topic-name.js';
import type { Identity } from './authenticator.port.js';
import { TopicAuthorizer } from './topic-authorizer.port.js';
import { matchesPattern } from './topic-pattern.js';

const PUBLIC_PREFIX = 'public.';

/**
 * Default authorizer, which decides by the token alone. Subscribing: the personal topic, `all`,
 * named topics that start with `public.`, and named topics that match a pattern of the claim
 * `topics`. Publishing: topics that match a pattern of the claim `publish`. A personal topic, a
 * session's topic and `all` must be named by the pattern; `*` matches named topics only.
 */
@Injectable()
export class ClaimsTopicAuthorizer extends TopicAuthorizer {
  override canSubscribe(identity: Identity, topic: string): boolean {
    const name = parseTopic(topic);
    switch (name?.kind) {
      case 'all':
        return true;
      case 'user':
        return name.id === identity.user;
      case 'named':
        return topic.startsWith(PUBLIC_PREFIX) || matchesAny(identity.topics, topic);
      default:
        return false;
    }
  }

  override canPublish(identity: Identity, topic: string): boolean {
    const name = parseTopic(topic);
    switch (name?.kind) {
      case 'all':
        return identity.publish.includes(topic);
      case 'user':
      case 'session':
        return matchesAny(
          identity.publish.filter((pattern) => pattern.startsWith(`${name.kind}:`)),
          topic,
        );
      case 'named':
        return matchesAny(identity.publish, topic);
      default:
        return false;
    }
  }
}

const matchesAny = (patterns: readonly string[], topic: string): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, topic));
