import type { Publisher } from '../contract/publisher.js';
import type { Scope } from './scope.js';

/** Credentials of a REST call. */
export interface RestCredentials {
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Address of the client, also behind trusted proxies. */
  readonly ip: string;
}

/** Publisher and its permissions. */
export interface PublisherGrant {
  /**
   * `app` is 1 to 64 of `A-Z a-z 0-9 _ -`; `name` may also contain dots. Each publisher has its own
   * idempotency keys.
   */
  readonly publisher: Publisher;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Port: authenticates REST calls by other credentials than our API keys, such as OAuth client
 * credentials or the header of an API gateway.
 *
 * It is called for each REST call without a known API key, admin key or console cookie, so it
 * should answer from a cache. A call with `Expect: 100-continue` only gets this far with an
 * `Authorization` header.
 */
export abstract class PublisherAuthenticator {
  /**
   * @returns the publisher; undefined if the call has no credentials of this kind, which is
   * answered `unauthorized`.
   * @throws PostriderError `unauthorized` to give the reason of a refusal; any other error is
   * answered `internal`.
   */
  abstract authenticate(credentials: RestCredentials): Promise<PublisherGrant | undefined>;
}

/** Default adapter: API keys only. */
export class KeysOnlyPublisherAuthenticator extends PublisherAuthenticator {
  override async authenticate(): Promise<undefined> {
    return undefined;
  }
}
