/** Quantile estimated from buckets. */
export interface Estimate {
  /** Value in the unit of the bounds. */
  value: number;
  /** True if the quantile lies in the bucket without a bound, so that it is more than `value`. */
  above: boolean;
}

/**
 * Estimates the value below which the fraction `share` (0 to 1) of the observations lies, assuming
 * an even spread within each bucket. Undefined without observations.
 */
export function quantile(
  le: readonly (number | null)[],
  counts: readonly number[],
  share: number,
): Estimate | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return undefined;
  let rank = share * total;
  for (const [index, count] of counts.entries()) {
    const bound = le[index];
    const below = le[index - 1] ?? 0;
    if (count > 0 && rank <= count) {
      if (bound === null || bound === undefined) return { value: below, above: true };
      return { value: below + (bound - below) * (rank / count), above: false };
    }
    rank -= count;
  }
  // Rounding may leave a small rest after the last bucket.
  const last = le.findLast((bound) => bound !== null) ?? 0;
  return { value: last, above: (counts.at(-1) ?? 0) > 0 && le.at(-1) === null };
}
