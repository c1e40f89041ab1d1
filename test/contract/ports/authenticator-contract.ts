import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Authenticator, type Identity, isUserId } from '../../../src/index.js';

/** An authenticator to be judged, and tokens as its issuer would make them. */
export interface AuthenticatorCase {
  readonly authenticator: Authenticator;
  /** A token that is good for an hour at least. */
  issue(identity: Pick<Identity, 'user' | 'app' | 'topics' | 'publish'>): string | Promise<string>;
  /** A token that was good once. */
  expired(): string | Promise<string>;
}

const ADA = { user: 'ada', app: 'shop', topics: ['orders.*'], publish: ['room.1'] };

/** What every `Authenticator` has to do; call it in a spec of yours. */
export function describeAuthenticator(name: string, make: () => AuthenticatorCase | Promise<AuthenticatorCase>): void {
  describe(`${name} as an Authenticator`, () => {
    let given: AuthenticatorCase;

    beforeEach(async () => {
      given = await make();
    });

    it('tells who is behind a good token and what it allows', async () => {
      const identity = await given.authenticator.authenticate(await given.issue(ADA));
      expect(identity).toMatchObject(ADA);
      expect(isUserId(identity.user)).toBe(true);
      expect(Number.isSafeInteger(identity.expiresAtMs)).toBe(true);
      expect(identity.expiresAtMs).toBeGreaterThan(Date.now());
    });

    it('judges the same token again', async () => {
      const token = await given.issue(ADA);
      const first = await given.authenticator.authenticate(token);
      expect(await given.authenticator.authenticate(token)).toEqual(first);
    });

    it('refuses an expired token', async () => {
      await expectUnauthorized(given.authenticator, await given.expired());
    });

    it.each(['', 'no-such-token', 'a.b.c', '\u0000', 'x'.repeat(16_384)])(
      'refuses what is no token (case %#)',
      async (token) => {
        await expectUnauthorized(given.authenticator, token);
      },
    );

    it('refuses a good token with its end cut off', async () => {
      await expectUnauthorized(given.authenticator, (await given.issue(ADA)).slice(0, -4));
    });
  });
}

async function expectUnauthorized(authenticator: Authenticator, token: string): Promise<void> {
  await expect(authenticator.authenticate(token)).rejects.toMatchObject({
    name: 'PostriderError',
    code: 'unauthorized',
    detail: expect.not.stringContaining(token || 'undefined'),
  });
}
