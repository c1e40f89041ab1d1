/** What became of an acknowledgement; `stale`: the offsets are those of a numbering that a failover has ended. */
export type AckOutcome = 'stored' | 'not_member' | 'above_head' | 'stale';

const REFUSALS: Readonly<Record<number, Exclude<AckOutcome, 'stored'>>> = {
  [-1]: 'not_member',
  [-2]: 'above_head',
  [-3]: 'stale',
};

/** The refusal that a status of a script stands for; undefined where it is none. */
export const refusalOf = (status: number): Exclude<AckOutcome, 'stored'> | undefined => REFUSALS[status];
