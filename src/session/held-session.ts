/** Session that this node holds for a client. */
export interface HeldSession {
  readonly id: string;
  /** Raised with each holder, so that earlier and later ones can be told apart. */
  generation: number;
  /** True if it is older than its client's connection. */
  readonly resumed: boolean;
}
