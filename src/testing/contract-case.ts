import assert from 'node:assert/strict';

/** One test of a contract, for any test runner: it passes if `run` resolves. */
export interface ContractCase {
  readonly title: string;
  run(): Promise<void>;
}

/** Cases that each get their own subject. */
export function casesOf<T>(
  make: () => T | Promise<T>,
  works: Readonly<Record<string, (subject: T) => Promise<void>>>,
): readonly ContractCase[] {
  return Object.entries(works).map(([title, work]) => ({ title, run: async () => work(await make()) }));
}

/** Fails unless `work` throws a `PostriderError`. */
export async function refusalOf(work: () => unknown): Promise<Refusal> {
  let outcome: unknown;
  try {
    outcome = await work();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw new assert.AssertionError({ message: `Expected a PostriderError, but ${String(error)} was thrown.` });
  }
  throw new assert.AssertionError({ message: `Expected a PostriderError, but got ${JSON.stringify(outcome)}.` });
}

/** Properties of a `PostriderError` that contracts check. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
}

/**
 * Recognizes a `PostriderError` by its name, so that a second copy of the package does not matter.
 */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'PostriderError' && 'code' in error;
}
