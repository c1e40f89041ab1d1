import {
  acceptHookContract,
  authenticatorContract,
  publisherAuthenticatorContract,
  recipientResolverContract,
  topicAuthorizerContract,
} from 'postrider/testing';
import { AcceptHook, ClaimsTopicAuthorizer, Config, JwtAuthenticator, TargetRecipientResolver } from 'postrider';
import { InternalFirstAuthenticator } from '../../../src/auth/internal-first-authenticator.js';
import { InternalFirstTopicAuthorizer } from '../../../src/auth/internal-first-topic-authorizer.js';
import { KeysOnlyPublisherAuthenticator } from '../../../src/auth/publisher-authenticator.port.js';
import { InternalTokens } from '../../../src/auth/internal-tokens.js';
import { RedisClock } from '../../../src/clock/redis-clock.js';
import { TokenMint } from '../../support/tokens.js';
import { describeContract } from './describe-contract.js';

describeContract(
  'JwtAuthenticator',
  'an Authenticator',
  authenticatorContract(() => {
    const mint = new TokenMint();
    const env = { REDIS_URL: 'redis://127.0.0.1:6379', API_KEYS: 'main:shop:key', JWT_SECRET: mint.secret };
    return {
      authenticator: new JwtAuthenticator(Config.from(env)),
      issue: ({ user, app, topics, publish }) =>
        mint.sign(user, { app, topics: [...topics], publish: [...publish], ttlMs: 7_200_000 }),
      expired: () => mint.expired('ada'),
    };
  }),
);

describeContract(
  'InternalFirstAuthenticator',
  'an Authenticator',
  authenticatorContract(() => {
    const env = {
      REDIS_URL: 'redis://127.0.0.1:6379',
      API_KEYS: 'main:shop:key',
      JWT_SECRET: 'a-secret-of-at-least-16',
    };
    const config = Config.from(env);
    const mint = new TokenMint(config.jwtSecret);
    return {
      authenticator: new InternalFirstAuthenticator(
        new InternalTokens(config, new RedisClock()),
        new JwtAuthenticator(config),
      ),
      issue: ({ user, app, topics, publish }) =>
        mint.sign(user, { app, topics: [...topics], publish: [...publish], ttlMs: 7_200_000 }),
      expired: () => mint.expired('ada'),
    };
  }),
);

describeContract(
  'InternalFirstTopicAuthorizer, in an app of our own',
  'a TopicAuthorizer',
  topicAuthorizerContract(() => ({
    authorizer: new InternalFirstTopicAuthorizer(new ClaimsTopicAuthorizer()),
    identity: {
      user: 'guest-1',
      app: 'postrider.demo',
      expiresAtMs: Date.now() + 60_000,
      topics: ['demo.1.*'],
      publish: ['demo.1.*'],
    },
    maySubscribe: ['all', 'user:guest-1', 'demo.1.chat'],
    mayNotSubscribe: ['user:guest-2', 'demo.2.chat', 'session:other'],
    mayPublish: ['demo.1.chat'],
    mayNotPublish: ['demo.2.chat', 'all', 'user:guest-1'],
  })),
);

describeContract(
  'ClaimsTopicAuthorizer',
  'a TopicAuthorizer',
  topicAuthorizerContract(() => ({
    authorizer: new ClaimsTopicAuthorizer(),
    identity: {
      user: 'ada',
      app: 'main',
      expiresAtMs: Date.now() + 60_000,
      topics: ['orders.*'],
      publish: ['room.1'],
    },
    maySubscribe: ['all', 'user:ada', 'public.news', 'orders.eu'],
    mayNotSubscribe: ['user:ben', 'room.1', 'session:other'],
    mayPublish: ['room.1'],
    mayNotPublish: ['room.2', 'all', 'user:ada', 'public.news'],
  })),
);

describeContract(
  'TargetRecipientResolver',
  'a RecipientResolver',
  recipientResolverContract(() => ({
    resolver: new TargetRecipientResolver(),
    known: [],
    refused: [],
  })),
);

describeContract(
  'KeysOnlyPublisherAuthenticator',
  'a PublisherAuthenticator',
  publisherAuthenticatorContract(() => ({
    authenticator: new KeysOnlyPublisherAuthenticator(),
    known: [],
    refused: [{ headers: { authorization: 'Bearer nobody' }, ip: '192.0.2.1' }],
  })),
);

class IdleHook extends AcceptHook {}

describeContract(
  'A hook that overrides nothing',
  'an AcceptHook',
  acceptHookContract(() => ({
    hook: new IdleHook(),
    accepted: [{ to: { user: 'ada' }, type: 'order.shipped', data: { order: 1 } }],
    refused: [],
  })),
);
