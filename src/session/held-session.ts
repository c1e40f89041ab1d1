/** A session that this node holds for a client. */
export interface HeldSession {
  readonly id: string;
  /** Goes up with every holder, so that an earlier one can be told from a later one. */
  generation: number;
  /** Whether it is older than its client's connection. */
  readonly resumed: boolean;
}
