import { ApiError } from './api/call.js';
import { type LetterQuery, api } from './api/calls.js';
import type { BulkAnswer, DeadLetter } from './api/types.js';
import type { ItemResult } from './lib/bulk.js';

/** Action of an operator on a dead letter. */
export type Deed = 'replay' | 'drop';

/** App and abort signal of an action, which continues while another app is selected. */
export interface Errand {
  readonly app: string;
  readonly signal: AbortSignal;
}

export type Filter = Pick<LetterQuery, 'topic' | 'reason' | 'type'>;

const PAGE = 500;
const TRIES = 4;
const FIRST_WAIT_MS = 500;
const GONE = 'dead_letter_not_found';

/** Yields one page of ids, for letters selected by hand. */
export async function* chosen(ids: readonly string[]): AsyncGenerator<readonly string[]> {
  yield ids;
}

/** Yields the ids of all matches, page by page. Replayed letters are left out. */
export async function* allMatching(filter: Filter, deed: Deed, errand: Errand): AsyncGenerator<readonly string[]> {
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const page = await patient(() => api.deadLetters(query, errand), errand.signal);
    yield page.items.filter((letter) => deed === 'drop' || !isReplayed(letter)).map(({ id }) => id);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

export const isReplayed = ({ replayedAs }: DeadLetter): boolean => replayedAs !== undefined;

/**
 * Sends one batch. A batch with a lost answer may be retried: replaying twice creates one
 * notification, and dropping a missing letter succeeds.
 */
export async function doBatch(deed: Deed, ids: readonly string[], errand: Errand): Promise<ItemResult[]> {
  const { results } = await patient((): Promise<BulkAnswer> => api[deed](ids, errand), errand.signal);
  return results.map((result) => {
    const { id } = result;
    if (!('problem' in result) || (deed === 'drop' && result.problem.code === GONE)) return { id };
    return { id, problem: result.problem };
  });
}

/** Repeats a retryable call after the wait that the server asks for. */
async function patient<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.retryable || tries === TRIES || signal.aborted) throw error;
      await pause(error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1), signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
