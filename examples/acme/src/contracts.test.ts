import { describe, test } from 'node:test';
import { RedisClock } from 'postrider';
import {
  acceptHookContract,
  authenticatorContract,
  readinessCheckContract,
  topicAuthorizerContract,
} from 'postrider/testing';
import { AcmeAuthenticator } from './auth/acme-authenticator.js';
import { AcmeTokens } from './auth/acme-tokens.js';
import { OrderTopicAuthorizer } from './auth/order-topic-authorizer.js';
import { Erp } from './erp/erp.js';
import { ErpReadiness } from './erp/erp-readiness.js';
import { BrandHook } from './hooks/brand-hook.js';

const HOUR_MS = 3_600_000;
const ada = (expiresAtMs: number) => ({ user: 'ada', app: 'main', topics: ['news'], publish: ['chat'], expiresAtMs });

const authenticator = authenticatorContract(() => {
  const tokens = new AcmeTokens('a secret');
  return {
    authenticator: new AcmeAuthenticator(tokens, new RedisClock()),
    issue: (identity) => tokens.issue({ ...identity, expiresAtMs: Date.now() + 2 * HOUR_MS }),
    expired: () => tokens.issue(ada(Date.now() - 1)),
  };
});

const authorizer = topicAuthorizerContract(() => ({
  authorizer: new OrderTopicAuthorizer(),
  identity: ada(Date.now() + HOUR_MS),
  maySubscribe: ['orders.ada', 'news'],
  mayNotSubscribe: ['orders.ben', 'chat'],
  mayPublish: ['chat'],
  mayNotPublish: ['orders.ada', 'news'],
}));

const hook = acceptHookContract(() => ({
  hook: new BrandHook(),
  accepted: [{ to: { user: 'ada' }, type: 'order.shipped', data: { id: '7' } }],
  refused: [{ to: { user: 'ada' }, type: 'invoice', data: null }],
}));

const erp = (isUp: boolean) => new ErpReadiness(Object.assign(new Erp(), { isUp }));
const readiness = readinessCheckContract(() => ({ ready: () => erp(true), notReady: () => erp(false) }));

for (const [name, cases] of Object.entries({ authenticator, authorizer, hook, readiness })) {
  describe(name, () => cases.forEach(({ title, run }) => test(title, run)));
}
