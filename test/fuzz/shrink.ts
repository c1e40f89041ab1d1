import type { Input } from './targets/target.js';

const MOST_TRIES = 300;

/**
 * Shrinks a failing case while it still fails (delta debugging): first fewer inputs, then fewer
 * bytes in each.
 */
export async function shrink(
  inputs: readonly Input[],
  fails: (inputs: readonly Input[]) => Promise<boolean>,
): Promise<readonly Input[]> {
  let tries = 0;
  const stillFails = async (candidate: readonly Input[]): Promise<boolean> =>
    tries++ < MOST_TRIES && (await fails(candidate));
  let smallest = await without(inputs, stillFails);
  for (const [index, { kind, bytes }] of smallest.entries()) {
    const withBytes = (kept: readonly number[]): readonly Input[] =>
      smallest.with(index, { kind, bytes: Buffer.from(kept) });
    const kept = await without([...bytes], (candidate) => stillFails(withBytes(candidate)));
    smallest = withBytes(kept);
  }
  return smallest;
}

/** Removes parts of a list, from half of it down to single elements. */
async function without<T>(
  list: readonly T[],
  fails: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = list;
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const candidate = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (candidate.length > 0 && (await fails(candidate))) kept = candidate;
      else at += size;
    }
  }
  return kept;
}
