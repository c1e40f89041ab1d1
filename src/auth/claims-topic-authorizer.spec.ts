import { describe, expect, it } from '@jest/globals';
import type { Identity } from './authenticator.port.js';
import { ClaimsTopicAuthorizer } from './claims-topic-authorizer.js';

const authorizer = new ClaimsTopicAuthorizer();
const alice = (claims: Partial<Identity> = {}): Identity => ({
  user: 'alice',
  app: 'main',
  expiresAtMs: 0,
  topics: [],
  publish: [],
  ...claims,
});

describe('canSubscribe', () => {
  it.each(['user:alice', 'all', 'public.news'])('lets a token without claims subscribe to %s', (topic) =>
    expect(authorizer.canSubscribe(alice(), topic)).toBe(true),
  );

  it.each(['user:bob', 'session:s1', 'orders.eu', 'publicity', 'not a topic', ''])(
    'refuses a token without claims the topic %j',
    (topic) => expect(authorizer.canSubscribe(alice(), topic)).toBe(false),
  );

  it('allows named topics by pattern', () => {
    const identity = alice({ topics: ['orders.*', 'chat'] });
    expect(authorizer.canSubscribe(identity, 'orders.eu')).toBe(true);
    expect(authorizer.canSubscribe(identity, 'chat')).toBe(true);
    expect(authorizer.canSubscribe(identity, 'chat.1')).toBe(false);
  });

  it('never allows topics of others, for any pattern', () => {
    const identity = alice({ topics: ['*', 'user:*', 'user:bob', 'session:*'] });
    expect(authorizer.canSubscribe(identity, 'user:bob')).toBe(false);
    expect(authorizer.canSubscribe(identity, 'session:s1')).toBe(false);
  });
});

describe('canPublish', () => {
  it.each(['user:alice', 'all', 'public.news', 'orders.eu'])(
    'refuses a token without claims to publish to %s',
    (topic) => expect(authorizer.canPublish(alice(), topic)).toBe(false),
  );

  it('matches * with named topics only', () => {
    const identity = alice({ publish: ['*'] });
    expect(authorizer.canPublish(identity, 'orders.eu')).toBe(true);
    expect(authorizer.canPublish(identity, 'user:bob')).toBe(false);
    expect(authorizer.canPublish(identity, 'all')).toBe(false);
  });

  it('allows a reserved topic if a pattern names it', () => {
    const identity = alice({ publish: ['user:b*', 'all', 'session:s1'] });
    expect(authorizer.canPublish(identity, 'user:bob')).toBe(true);
    expect(authorizer.canPublish(identity, 'user:carol')).toBe(false);
    expect(authorizer.canPublish(identity, 'all')).toBe(true);
    expect(authorizer.canPublish(identity, 'session:s1')).toBe(true);
    expect(authorizer.canPublish(identity, 'all.staff')).toBe(false);
  });
});
