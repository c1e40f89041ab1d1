import assert from 'node:assert/strict';
import { isUserId } from '../contract/topic-name.js';
import type { Authenticator, Identity } from '../index.js';
import { casesOf, type ContractCase, refusalOf } from './contract-case.js';

/** Authenticator under test, with tokens in the form of its issuer. */
export interface AuthenticatorSubject {
  readonly authenticator: Authenticator;
  /** Creates a token that is valid for at least an hour. */
  issue(identity: Pick<Identity, 'user' | 'app' | 'topics' | 'publish'>): string | Promise<string>;
  /** Creates a token that was valid once. */
  expired(): string | Promise<string>;
}

const ADA = { user: 'ada', app: 'shop', topics: ['orders.*'], publish: ['room.1'] };
const NO_TOKENS = ['', 'no-such-token', 'a.b.c', '\u0000', 'x'.repeat(16_384)];

/** Contract of every `Authenticator`. */
export function authenticatorContract(
  make: () => AuthenticatorSubject | Promise<AuthenticatorSubject>,
): readonly ContractCase[] {
  return casesOf(make, {
    'returns the identity and the permissions of a valid token': async ({ authenticator, issue }) => {
      const identity = await authenticator.authenticate(await issue(ADA));
      const { user, app, topics, publish } = identity;
      assert.deepEqual({ user, app, topics, publish }, ADA);
      assert.ok(isUserId(user), `${user} is not a valid user id.`);
      assert.ok(Number.isSafeInteger(identity.expiresAtMs), 'expiresAtMs must be whole milliseconds.');
      assert.ok(identity.expiresAtMs > Date.now(), 'expiresAtMs must be in the future.');
    },
    'returns the same identity for the same token': async ({ authenticator, issue }) => {
      const token = await issue(ADA);
      const first = await authenticator.authenticate(token);
      assert.deepEqual(await authenticator.authenticate(token), first);
    },
    'refuses an expired token': async ({ authenticator, expired }) => {
      await assertUnauthorized(authenticator, await expired());
    },
    ...Object.fromEntries(
      NO_TOKENS.map((token, index) => [
        `refuses text that is not a token (case ${index})`,
        ({ authenticator }: AuthenticatorSubject) => assertUnauthorized(authenticator, token),
      ]),
    ),
    'refuses a valid token with its end cut off': async ({ authenticator, issue }) => {
      await assertUnauthorized(authenticator, (await issue(ADA)).slice(0, -4));
    },
  });
}

async function assertUnauthorized(authenticator: Authenticator, token: string): Promise<void> {
  const { code, detail } = await refusalOf(() => authenticator.authenticate(token));
  assert.equal(code, 'unauthorized');
  assert.ok(!detail.includes(token || 'undefined'), 'The detail of a refusal must not repeat the token.');
}
