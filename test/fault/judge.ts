import type { Ledger } from '../support/ledger.js';
import { checkBooks, checkLedger, countRecovered, countRedelivered, type Verdict } from '../support/ledger-checker.js';
import type { Status } from '../support/rest-types.js';
import { until } from '../support/wait.js';
import { readJournals } from './journal.js';
import type { World } from './world.js';

/** Result of a run: each list has one line for each fault of the server. */
export interface Judgement extends Verdict {
  /** Differences in the books. */
  balance: string[];
  /** Publications that were answered 202. */
  accepted: number;
  /** Frames that came again, kept from the application by its seen ids. */
  duplicatesOnWire: number;
  /** Came although nobody had answered the publisher. */
  recovered: number;
  /** Accepted, not acknowledged and not ended otherwise. */
  pending: number;
}

const ENDED: ReadonlySet<string> = new Set(['expired', 'dead', 'cancelled']);

export interface JudgeOptions {
  /** How long is waited at most until nothing is under way any more. */
  quietMs: number;
  /** Publications before this time may be lost, because their Redis was emptied. */
  sinceMs: number;
}

/** Waits until nothing is under way any more and judges by the journals. */
export async function judge(
  world: World,
  journals: readonly string[],
  { quietMs, sinceMs }: JudgeOptions,
): Promise<[Judgement, Ledger]> {
  const settled = async (): Promise<boolean> => {
    const { pending, counted } = await world.books();
    return pending === 0 && counted === 0;
  };
  await until(settled, { timeoutMs: quietMs, everyMs: 250 }).catch(() => undefined);
  // What is not guarded, or went to several sessions, may still be on its way.
  const complete = async (): Promise<boolean> =>
    checkLedger(await readLedger(world, journals, sinceMs)).lost.length === 0;
  await until(complete, { timeoutMs: quietMs / 2, everyMs: 1_000 }).catch(() => undefined);

  const ledger = await readLedger(world, journals, sinceMs);
  const books = await until(() => world.books(), { timeoutMs: 30_000, everyMs: 250 });
  const judgement: Judgement = {
    ...checkLedger(ledger),
    balance: checkBooks(ledger, books),
    accepted: new Set(ledger.publications.filter(({ outcome }) => outcome === 'accepted').map(({ id }) => id)).size,
    duplicatesOnWire: countRedelivered(ledger),
    recovered: countRecovered(ledger),
    pending: books.pending,
  };
  return [judgement, ledger];
}

/** The story by the journals, and what the server says of those that some session has not seen. */
async function readLedger(world: World, journals: readonly string[], sinceMs: number): Promise<Ledger> {
  const ledger = await readJournals(journals);
  for (const publication of ledger.publications) {
    if ((publication.startedAtMs ?? sinceMs) < sinceMs) publication.outcome = 'unknown';
  }
  const missing = new Set(checkLedger(ledger).lost.map((line) => line.slice(0, line.indexOf(' '))));
  for (const id of [...missing].slice(0, 1_000)) {
    const status = await world.ask((rest) => rest.get<Status>(`/v1/notifications/${id}`, { timeoutMs: 5_000 }));
    if (status.status === 200 && ENDED.has(status.body.state)) ledger.ended.add(id);
  }
  return ledger;
}
