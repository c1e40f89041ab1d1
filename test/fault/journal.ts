import { type FileHandle, open, readFile } from 'node:fs/promises';
import { type Delivery, type Hole, Ledger, type Publication, type Subscription } from '../support/ledger.js';

/** Line of a driver's journal. */
export type JournalEntry =
  | ({ kind: 'publication' } & Publication)
  | ({ kind: 'delivery' } & Delivery)
  | ({ kind: 'hole' } & Hole)
  | ({ kind: 'subscription' } & Subscription)
  | { kind: 'left'; session: string }
  /** A failed attempt, for diagnosis. */
  | { kind: 'fault'; node: string; what: string; mark: string; atMs: number };

/**
 * Append-only file of JSON lines. All lines of one tick are written and flushed to disk together.
 */
export class Journal {
  private lines: string[] = [];
  private current: Promise<void> = Promise.resolve();
  private next?: Promise<void>;

  private constructor(private readonly file: FileHandle) {}

  static async open(path: string): Promise<Journal> {
    return new Journal(await open(path, 'a'));
  }

  /** Resolves when the line is on the disk. */
  write(entry: JournalEntry): Promise<void> {
    this.lines.push(JSON.stringify(entry));
    this.next ??= this.current.then(() => this.flush());
    return this.next;
  }

  /** Resolves when all lines so far are on the disk. */
  settled(): Promise<void> {
    return this.next ?? this.current;
  }

  private async flush(): Promise<void> {
    const text = this.lines.join('\n');
    this.lines = [];
    this.current = this.next ?? this.current;
    this.next = undefined;
    await this.file.appendFile(`${text}\n`);
    await this.file.datasync();
  }
}

/** Combines the journals of a run into a ledger. */
export async function readJournals(paths: readonly string[]): Promise<Ledger> {
  const ledger = new Ledger();
  const publications = new Map<string, Publication[]>();
  for (const path of paths) {
    for (const line of (await readFile(path, 'utf8')).split('\n')) {
      if (line !== '') take(JSON.parse(line) as JournalEntry, ledger, publications);
    }
  }
  for (const told of publications.values()) ledger.publications.push(...definite(told));
  return ledger;
}

function take(entry: JournalEntry, ledger: Ledger, publications: Map<string, Publication[]>): void {
  if (entry.kind === 'delivery') ledger.deliveries.push(entry);
  else if (entry.kind === 'hole') ledger.holes.push(entry);
  else if (entry.kind === 'subscription') ledger.subscriptions.push(entry);
  else if (entry.kind === 'left') ledger.left.add(entry.session);
  else if (entry.kind === 'publication') publications.set(entry.mark, [...(publications.get(entry.mark) ?? []), entry]);
}

/**
 * Returns the definite answers for one mark: all that accepted it, or else a refusal, or else
 * `unknown`.
 */
function definite(told: readonly Publication[]): readonly Publication[] {
  const accepted = told.filter(({ outcome }) => outcome === 'accepted');
  if (accepted.length > 0) return accepted;
  return told
    .filter(({ outcome }) => outcome === 'refused')
    .slice(0, 1)
    .concat(told)
    .slice(0, 1);
}
