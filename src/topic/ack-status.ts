/** Outcome of an ack; `stale`: its offsets belong to a numbering that a failover has ended. */
export type AckOutcome = 'stored' | 'not_member' | 'above_head' | 'stale';

const REFUSALS: Readonly<Record<number, Exclude<AckOutcome, 'stored'>>> = {
  [-1]: 'not_member',
  [-2]: 'above_head',
  [-3]: 'stale',
};

/** Refusal for the status of a script; undefined if it is none. */
export const refusalOf = (status: number): Exclude<AckOutcome, 'stored'> | undefined => REFUSALS[status];
