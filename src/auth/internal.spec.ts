import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { RedisClock } from '../clock/redis-clock.js';
import { Config } from '../config/config.js';
import { SYSTEM_APP } from '../contract/topic-name.js';
import { Authenticator, type Identity } from './authenticator.port.js';
import { InternalFirstAuthenticator } from './internal-first-authenticator.js';
import { InternalFirstTopicAuthorizer } from './internal-first-topic-authorizer.js';
import { InternalTokens } from './internal-tokens.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import { TopicAuthorizer } from './topic-authorizer.port.js';

const secret = 'a-secret-of-at-least-16';
const config = Config.from({ JWT_SECRET: secret, REDIS_URL: 'redis://127.0.0.1:6379', API_KEYS: 'main:shop:key' });
const tokens = new InternalTokens(config, new RedisClock());
const inAnHour = (Math.floor(Date.now() / 1_000) + 3_600) * 1_000;
const watcher: Identity = {
  user: 'console:ada',
  app: SYSTEM_APP,
  topics: ['system.*'],
  publish: [],
  expiresAtMs: inAnHour,
};

/** Authenticator of a team with its own kind of tokens. */
class TeamAuthenticator extends Authenticator {
  override authenticate(token: string): Promise<Identity> {
    return Promise.resolve({ ...watcher, user: 'ben', app: token });
  }
}

/** Authorizer that allows nothing. */
class NoTopics extends TopicAuthorizer {
  override canSubscribe(): boolean {
    return false;
  }
  override canPublish(): boolean {
    return false;
  }
}

const signed = (claims: object, header: object = {}): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .setSubject('eve')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));

const unauthorized = expect.objectContaining({ code: 'unauthorized' });

describe('internal tokens', () => {
  it.each([
    ['of a team', new TeamAuthenticator()],
    ['by JWT', new JwtAuthenticator(config)],
  ])('work with any authenticator: %s', async (_, bound) => {
    const authenticator = new InternalFirstAuthenticator(tokens, bound);
    await expect(authenticator.authenticate(await tokens.issue(watcher))).resolves.toEqual(watcher);
  });

  it('leave all other tokens to the bound authenticator', async () => {
    const authenticator = new InternalFirstAuthenticator(tokens, new TeamAuthenticator());
    await expect(authenticator.authenticate('crm')).resolves.toMatchObject({ user: 'ben', app: 'crm' });
  });

  it.each([
    [
      'signed with the secret of the sockets',
      () => signed({ app: SYSTEM_APP, topics: [], publish: [] }, { typ: 'postrider+jwt' }),
    ],
    ['expired', () => tokens.issue({ ...watcher, expiresAtMs: Date.now() - 2_000 })],
    ['for an app of a team', () => tokens.issue({ ...watcher, app: 'main' })],
    ['tampered with', async () => `${(await tokens.issue(watcher)).slice(0, -4)}AAAA`],
  ])('are refused if they are %s', async (_, token) => {
    const authenticator = new InternalFirstAuthenticator(tokens, new JwtAuthenticator(config));
    await expect(authenticator.authenticate(await token())).rejects.toEqual(unauthorized);
  });

  it.each([SYSTEM_APP, 'postrider.demo', 'postrider.pages'])('are the only way into the app %s', async (app) => {
    const byJwt = new InternalFirstAuthenticator(tokens, new JwtAuthenticator(config));
    await expect(byJwt.authenticate(await signed({ app }))).rejects.toEqual(unauthorized);
    const byTeam = new InternalFirstAuthenticator(tokens, new TeamAuthenticator());
    await expect(byTeam.authenticate(app)).rejects.toEqual(unauthorized);
  });

  it('are refused by a JWT authenticator', async () => {
    const bare = new JwtAuthenticator(config);
    await expect(bare.authenticate(await tokens.issue(watcher))).rejects.toEqual(unauthorized);
  });
});

describe('InternalFirstTopicAuthorizer', () => {
  const authorizer = new InternalFirstTopicAuthorizer(new NoTopics());

  it('uses the claims in internal apps', () => {
    expect(authorizer.canSubscribe(watcher, 'system.samples')).toBe(true);
    expect(authorizer.canSubscribe(watcher, 'orders.eu')).toBe(false);
    expect(authorizer.canPublish(watcher, 'system.samples')).toBe(false);
  });

  it('asks the bound authorizer in all other apps', () => {
    expect(authorizer.canSubscribe({ ...watcher, app: 'main' }, 'system.samples')).toBe(false);
  });
});
