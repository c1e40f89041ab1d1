/** Identity of a client and the permissions of its token. */
export interface Identity {
  /** User id, in the grammar of user ids. */
  readonly user: string;
  /** Tenant. Topics of different apps never meet. */
  readonly app: string;
  /**
   * Expiry of the token, in milliseconds since 1970; the socket is closed then unless it is
   * refreshed.
   */
  readonly expiresAtMs: number;
  /** Patterns of topics that the user may subscribe to. */
  readonly topics: readonly string[];
  /** Patterns of topics that the user may publish to. */
  readonly publish: readonly string[];
  /** Id of this token (`jti`), by which it can be revoked. */
  readonly tokenId?: string;
  /**
   * Issue time, in milliseconds since 1970. A token without it counts as older than any revocation
   * of its user.
   */
  readonly issuedAtMs?: number;
}

/**
 * Port: turns the token of a client into an identity.
 *
 * It is called once for each handshake and each refresh, before anything is allocated for the
 * socket, so it must be quick: the handshake gives it 5 s. It must refuse an expired token. It must
 * not cache results, because a refreshed token has to be checked again. Revocation is checked
 * afterwards, by the server. A `PostriderError('unauthorized')` is a refusal; any other error means
 * that the authenticator itself failed, which is answered as an internal error, never as a success.
 */
export abstract class Authenticator {
  /** @throws PostriderError `unauthorized` if the token is not valid now. */
  abstract authenticate(token: string): Promise<Identity>;
}
