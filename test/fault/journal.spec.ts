import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Journal, type JournalEntry, readJournals } from './journal.js';

const PLACE = { topic: 'user:ada', epoch: 'e1' };

describe('Journal', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'postrider-journal-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const write = async (name: string, entries: readonly JournalEntry[]): Promise<string> => {
    const path = join(dir, name);
    const journal = await Journal.open(path);
    await Promise.all(entries.map((entry) => journal.write(entry)));
    return path;
  };

  it('has every line in the file once it says so, in the order of writing', async () => {
    const path = join(dir, 'journal');
    const journal = await Journal.open(path);
    const lines: string[] = [];
    for (let round = 0; round < 50; round += 1) {
      const entries = [0, 1, 2].map((n): JournalEntry => ({ kind: 'left', session: `${round}/${n}` }));
      await Promise.all(entries.map((entry) => journal.write(entry)));
      lines.push(...entries.map((entry) => JSON.stringify(entry)));
      expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toEqual(lines);
    }
  });

  it('settles when the last line is written, however many were written without waiting', async () => {
    const path = join(dir, 'journal');
    const journal = await Journal.open(path);
    for (let n = 0; n < 1_000; n += 1) void journal.write({ kind: 'left', session: String(n) });
    await journal.settled();
    expect((await readJournals([path])).left.size).toBe(1_000);
  });

  it('returns the final answer of a publication, not its beginning', async () => {
    const path = await write('publisher', [
      { kind: 'publication', mark: 'm1', outcome: 'unknown', startedAtMs: 1 },
      { kind: 'publication', mark: 'm2', outcome: 'unknown', startedAtMs: 2 },
      { kind: 'publication', mark: 'm3', outcome: 'unknown', startedAtMs: 3 },
      { kind: 'publication', mark: 'm2', outcome: 'refused' },
      { kind: 'publication', mark: 'm1', outcome: 'accepted', id: 'n1', targets: [{ ...PLACE, offset: 1 }] },
    ]);
    const { publications } = await readJournals([path]);
    expect(publications.map(({ mark, outcome }) => `${mark} ${outcome}`)).toEqual([
      'm1 accepted',
      'm2 refused',
      'm3 unknown',
    ]);
  });

  it('keeps both answers if one key was accepted twice', async () => {
    const accepted = { kind: 'publication', mark: 'm1', outcome: 'accepted', targets: [] } as const;
    const path = await write('publisher', [
      { ...accepted, id: 'n1' },
      { ...accepted, id: 'n2' },
    ]);
    expect((await readJournals([path])).publications.map(({ id }) => id)).toEqual(['n1', 'n2']);
  });

  it('merges the files of several drivers', async () => {
    const delivery = { client: 'c1', session: 's1', ...PLACE, offset: 1, id: 'n1', attempt: 1 } as const;
    const first = await write('clients-1', [
      { kind: 'subscription', session: 's1', ...PLACE, cursor: 0 },
      { kind: 'delivery', ...delivery, outcome: 'handled' },
      { kind: 'fault', node: 'n', what: '503', mark: 'm1', atMs: 1 },
    ]);
    const second = await write('clients-2', [
      { kind: 'hole', session: 's2', ...PLACE, from: 1, to: 2, reason: 'expired' },
      { kind: 'left', session: 's2' },
    ]);
    const ledger = await readJournals([first, second]);
    expect(ledger.subscriptions).toMatchObject([{ session: 's1', cursor: 0 }]);
    expect(ledger.deliveries).toMatchObject([delivery]);
    expect(ledger.holes).toMatchObject([{ session: 's2', to: 2 }]);
    expect([...ledger.left]).toEqual(['s2']);
    expect(ledger.publications).toEqual([]);
  });
});
