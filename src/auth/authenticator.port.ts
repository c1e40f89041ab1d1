/** Who is behind a socket and what the token allows. */
export interface Identity {
  /** The user id, in the grammar of user ids. */
  readonly user: string;
  /** The tenant: topics of two apps never meet. */
  readonly app: string;
  /** When the token ends, in milliseconds since the epoch; the socket is closed then unless it is refreshed. */
  readonly expiresAtMs: number;
  /** Patterns of topics that the token lets the user subscribe to. */
  readonly topics: readonly string[];
  /** Patterns of topics that the token lets the user publish to. */
  readonly publish: readonly string[];
  /** Name of this one token (`jti`), by which it can be revoked. */
  readonly tokenId?: string;
  /** When it was issued, in milliseconds since the epoch; without it, it counts as older than any revocation of its user. */
  readonly issuedAtMs?: number;
}

/**
 * Port: turns the token of a socket into an identity.
 *
 * Called once for each handshake and each refresh, before anything is allocated for the socket, so it must be quick
 * (the handshake gives it 5 s). It must refuse an expired token and must not remember one: a refreshed token has to be
 * judged anew. Whether it was revoked is asked afterwards, of the server's own list. A `PostriderError('unauthorized')` means a refusal; any other throw means that the authenticator itself
 * failed and is answered as an internal error, never as a success.
 */
export abstract class Authenticator {
  /** @throws PostriderError `unauthorized` where the token is not valid now. */
  abstract authenticate(token: string): Promise<Identity>;
}
