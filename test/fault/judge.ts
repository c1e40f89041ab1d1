import type { Ledger } from '../support/ledger.js';
import { checkBooks, checkLedger, countRecovered, countRedelivered, type Verdict } from '../support/ledger-checker.js';
import type { Status } from '../support/rest-types.js';
import { until } from '../support/wait.js';
import { readJournals } from './journal.js';
import type { World } from './world.js';

/** Result of a run. Each list has one line per fault of the server. */
export interface Judgement extends Verdict {
  /** Differences in the books. */
  balance: string[];
  /** Number of publications that were answered 202. */
  accepted: number;
  /** Number of redelivered frames, hidden from the application by its seen ids. */
  duplicatesOnWire: number;
  /** Number of notifications that came although their publisher got no answer. */
  recovered: number;
  /** Number of accepted notifications that were neither acknowledged nor ended otherwise. */
  pending: number;
}

const ENDED: ReadonlySet<string> = new Set(['expired', 'dead', 'cancelled']);

export interface JudgeOptions {
  /** Maximum wait until no delivery is under way. */
  quietMs: number;
  /** Publications before this time may be lost, because their Redis was emptied. */
  sinceMs: number;
}

/** Waits until no delivery is under way, then judges by the journals. */
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
  // Unguarded notifications, and those for several sessions, may still be on their way.
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

/**
 * Reads the ledger from the journals, and asks the server about notifications that some session has
 * not seen.
 */
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
