import { describe, expect, it } from '@jest/globals';
import { PostriderError } from '../contract/postrider-error.js';
import {
  AcceptHook,
  Authenticator,
  PublisherAuthenticator,
  ReadinessCheck,
  RecipientResolver,
  TopicAuthorizer,
} from '../index.js';
import type { Identity, NotificationBody, NotificationTarget, PublisherGrant, ReadinessResult } from '../index.js';
import { acceptHookContract } from './accept-hook-contract.js';
import { authenticatorContract } from './authenticator-contract.js';
import type { ContractCase } from './contract-case.js';
import { publisherAuthenticatorContract } from './publisher-authenticator-contract.js';
import { readinessCheckContract } from './readiness-check-contract.js';
import { recipientResolverContract } from './recipient-resolver-contract.js';
import { topicAuthorizerContract } from './topic-authorizer-contract.js';

const ADA: Identity = {
  user: 'ada',
  app: 'shop',
  topics: ['orders.*'],
  publish: ['room.1'],
  expiresAtMs: Date.now() + 9e6,
};

/** Accepts every token. */
class Gullible extends Authenticator {
  async authenticate(): Promise<Identity> {
    return ADA;
  }
}

/** Refuses every token, and repeats it. */
class Talkative extends Authenticator {
  async authenticate(token: string): Promise<Identity> {
    throw new PostriderError('unauthorized', `${token} is not good`);
  }
}

/** Accepts every call for one publisher. */
class Generous extends PublisherAuthenticator {
  async authenticate(): Promise<PublisherGrant> {
    return { publisher: { app: 'main', name: 'anybody' }, scopes: new Set(['publish']) };
  }
}

class OpenDoor extends TopicAuthorizer {
  canSubscribe = (): boolean => true;
  canPublish = (): boolean => true;
}

class Deaf extends RecipientResolver {
  resolve = (_app: string, to: NotificationTarget): string[] => [String(to.topic)];
}

class Restless extends AcceptHook {
  private calls = 0;

  override beforeAccept(_publisher: unknown, body: NotificationBody): NotificationBody {
    this.calls += 1;
    Object.assign(body, { type: `changed-${this.calls}` });
    return body;
  }
}

class Hanging extends ReadinessCheck {
  readonly name = 'Not a key';
  check = (): Promise<ReadinessResult> => new Promise(() => undefined);
}

async function failing(cases: readonly ContractCase[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run()));
  return cases.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ title }) => title);
}

describe('a contract', () => {
  it('fails an authenticator that accepts every token', async () => {
    const subject = { authenticator: new Gullible(), issue: () => 'a-token', expired: () => 'b-token' };
    const titles = await failing(authenticatorContract(() => subject));
    expect(titles).toHaveLength(7);
    expect(titles).toContain('refuses an expired token');
  });

  it('fails an authenticator that repeats a token in its refusal', async () => {
    const subject = { authenticator: new Talkative(), issue: () => 'a-token', expired: () => 'b-token' };
    expect(await failing(authenticatorContract(() => subject))).toContain('refuses an expired token');
  });

  it('fails a publisher authenticator that accepts every call', async () => {
    const credentials = { headers: { 'x-client': 'crm' }, ip: '192.0.2.1' };
    const subject = {
      authenticator: new Generous(),
      known: [{ credentials, app: 'main', name: 'crm' }],
      refused: [credentials],
    };
    expect(await failing(publisherAuthenticatorContract(() => subject))).toHaveLength(3);
  });

  it('fails an authorizer that opens every topic', async () => {
    const subject = {
      authorizer: new OpenDoor(),
      identity: ADA,
      maySubscribe: ['orders.eu'],
      mayNotSubscribe: ['room.1'],
      mayPublish: ['room.1'],
      mayNotPublish: ['room.2'],
    };
    expect(await failing(topicAuthorizerContract(() => subject))).toEqual([
      'allows subscribing to the known topics and no others',
      'allows publishing to the known topics and no others',
      'keeps the personal topics of other users closed',
      'grants nothing of another app',
    ]);
  });

  it('fails a resolver that only knows topics', async () => {
    const subject = { resolver: new Deaf(), known: [], refused: [{ topic: 'team:unknown' }] };
    const titles = await failing(recipientResolverContract(() => subject));
    expect(titles).not.toContain('resolves {"topic":"orders.eu"} as the protocol says');
    expect(titles).toContain('resolves {"user":"ada"} as the protocol says');
    expect(titles).toContain('refuses a target that it does not know with an error for the publisher');
  });

  it('fails a hook that changes the given body, each time in a different way', async () => {
    const body = { to: { user: 'ada' }, type: 't', data: 1 };
    const subject = { hook: new Restless(), accepted: [body], refused: [body] };
    expect(await failing(acceptHookContract(() => subject))).toEqual([
      'returns a valid body, the same for a retry, and leaves the given one alone',
      'refuses with an error that a publisher can read',
    ]);
  });

  it('fails a readiness check that does not answer', async () => {
    const subject = { ready: () => new Hanging(), notReady: () => new Hanging() };
    expect(await failing(readinessCheckContract(() => subject))).toHaveLength(3);
  });
});
