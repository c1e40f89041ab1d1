import assert from 'node:assert/strict';
import type { PublisherAuthenticator, RestCredentials } from '../index.js';
import { casesOf, type ContractCase, refusalOf } from './contract-case.js';

/** Publisher authenticator under test, with calls whose answers are known. */
export interface PublisherAuthenticatorSubject {
  readonly authenticator: PublisherAuthenticator;
  /** Calls with valid credentials, and the publisher that each must yield. */
  readonly known: readonly { readonly credentials: RestCredentials; readonly app: string; readonly name: string }[];
  /** Calls with invalid credentials of this kind. */
  readonly refused: readonly RestCredentials[];
}

const NO_CREDENTIALS: RestCredentials = { headers: {}, ip: '192.0.2.1' };
const SCOPES = new Set(['publish', 'read', 'admin']);

/** Contract of every `PublisherAuthenticator`. */
export function publisherAuthenticatorContract(
  make: () => PublisherAuthenticatorSubject | Promise<PublisherAuthenticatorSubject>,
): readonly ContractCase[] {
  return casesOf(make, {
    'gives the publisher of good credentials, each time': async ({ authenticator, known }) => {
      for (const { credentials, app, name } of [...known, ...known]) {
        const grant = await authenticator.authenticate(credentials);
        assert.deepEqual(grant?.publisher, { app, name });
        assert.match(app, /^[A-Za-z0-9_-]{1,64}$/);
        assert.match(name, /^[A-Za-z0-9._-]{1,64}$/);
        for (const scope of grant.scopes) assert.ok(SCOPES.has(scope), `${scope} is not a scope.`);
      }
    },
    'leaves a call without credentials to the API keys': async ({ authenticator }) => {
      assert.equal(await authenticator.authenticate(NO_CREDENTIALS), undefined);
    },
    'refuses bad credentials as unauthorized, or leaves them to the API keys': async ({ authenticator, refused }) => {
      for (const credentials of refused) {
        const outcome: unknown = await authenticator.authenticate(credentials).catch((error: unknown) => error);
        if (outcome === undefined) continue;
        assert.equal((await refusalOf(() => Promise.reject(outcome))).code, 'unauthorized');
      }
    },
  });
}
