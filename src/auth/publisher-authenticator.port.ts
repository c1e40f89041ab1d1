import type { Publisher } from '../contract/publisher.js';
import type { Scope } from './scope.js';

/** What a REST call shows of its sender. */
export interface RestCredentials {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Address of the client, behind trusted proxies its own. */
  readonly ip: string;
}

/** A publisher and what it may do. */
export interface PublisherGrant {
  /** `app` is 1 to 64 of `A-Z a-z 0-9 _ -`, `name` the same and dots. Each publisher has idempotency keys of its own. */
  readonly publisher: Publisher;
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * Port: authenticates REST calls by something other than our API keys, such as OAuth client credentials or the header of
 * an API gateway.
 *
 * Called for each REST call without a known API key, admin key or console cookie, so it should answer from a cache. A call with
 * `Expect: 100-continue` has to carry `Authorization` to get this far.
 */
export abstract class PublisherAuthenticator {
  /**
   * @returns the publisher; undefined if the call carries no credentials of this kind, which is answered `unauthorized`.
   * @throws PostriderError `unauthorized` to say why credentials are refused; anything else is answered `internal`.
   */
  abstract authenticate(credentials: RestCredentials): Promise<PublisherGrant | undefined>;
}

/** Default adapter: API keys only. */
export class KeysOnlyPublisherAuthenticator extends PublisherAuthenticator {
  override async authenticate(): Promise<undefined> {
    return undefined;
  }
}
