import { Logger } from '@nestjs/common';
import {
  ClaimsTopicAuthorizer,
  Config,
  JwtAuthenticator,
  LogEscalationChannel,
  NoDeliveryHooks,
  TargetRecipientResolver,
} from '../../../src/index.js';
import { TokenMint } from '../../support/tokens.js';
import { describeAuthenticator } from './authenticator.contract.js';
import { describeDeliveryHooks } from './delivery-hooks.contract.js';
import { describeEscalationChannel } from './escalation-channel.contract.js';
import { describeRecipientResolver } from './recipient-resolver.contract.js';
import { describeTopicAuthorizer } from './topic-authorizer.contract.js';

describeAuthenticator('JwtAuthenticator', () => {
  const mint = new TokenMint();
  const env = { REDIS_URL: 'redis://127.0.0.1:6379', API_KEYS: 'main:shop:key', JWT_SECRET: mint.secret };
  return {
    authenticator: new JwtAuthenticator(Config.from(env)),
    issue: ({ user, app, topics, publish }) =>
      mint.sign(user, { app, topics: [...topics], publish: [...publish], ttlMs: 7_200_000 }),
    expired: () => mint.expired('ada'),
  };
});

describeTopicAuthorizer('ClaimsTopicAuthorizer', () => ({
  authorizer: new ClaimsTopicAuthorizer(),
  identity: { user: 'ada', app: 'main', expiresAtMs: Date.now() + 60_000, topics: ['orders.*'], publish: ['room.1'] },
  maySubscribe: ['all', 'user:ada', 'public.news', 'orders.eu'],
  mayNotSubscribe: ['user:ben', 'room.1', 'session:other'],
  mayPublish: ['room.1'],
  mayNotPublish: ['room.2', 'all', 'user:ada', 'public.news'],
}));

describeRecipientResolver('TargetRecipientResolver', () => ({
  resolver: new TargetRecipientResolver(),
  known: [],
  refused: [],
}));

describeDeliveryHooks('NoDeliveryHooks', () => ({
  hooks: new NoDeliveryHooks(),
  accepted: [{ to: { user: 'ada' }, type: 'order.shipped', data: { order: 1 } }],
  refused: [],
}));

describeEscalationChannel('LogEscalationChannel', () => {
  Logger.overrideLogger(false);
  return { channel: new LogEscalationChannel() };
});
