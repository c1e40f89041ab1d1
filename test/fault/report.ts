import type { Judgement } from './judge.js';
import type { Row, RowFigures } from './row.js';

/** Result of one run of a row. */
export interface Result {
  row: Row;
  seed: number;
  /** Kind of Redis, and `CONFIRM`. */
  setting: string;
  tookMs: number;
  judgement?: Judgement;
  figures: RowFigures;
  /** Broken promises, one line each. */
  broken: readonly string[];
  remarks: readonly string[];
}

const SHOWN = 5;

/** Returns the broken promises of the ledger, with the first few lines of each. */
export function brokenBy(judgement: Judgement): string[] {
  const { lost, phantom, duplicates, disorder, untold, balance } = judgement;
  const kinds = { lost, phantom, 'seen twice': duplicates, 'out of order': disorder, untold, balance };
  return Object.entries(kinds)
    .filter(([, lines]) => lines.length > 0)
    .map(([kind, lines]) => `${lines.length} ${kind}: ${lines.slice(0, SHOWN).join('; ')}`);
}

/** Formats one line for people. */
export function line({ row, seed, tookMs, judgement, figures, broken, remarks }: Result): string {
  const verdict = broken.length === 0 ? 'ok    ' : 'BROKEN';
  const counts = judgement
    ? [
        `accepted ${judgement.accepted}`,
        `lost ${judgement.lost.length}`,
        `seen twice ${judgement.duplicates.length}`,
        `on the wire again ${judgement.duplicatesOnWire}`,
        ...(judgement.recovered > 0 ? [`unanswered but came ${judgement.recovered}`] : []),
      ]
    : [];
  const measured = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  const head = `${verdict} row ${row.number} seed ${seed} (${Math.round(tookMs / 1_000)} s)`;
  return [`${head}: ${[...counts, ...measured, ...remarks].join(', ')}`, ...broken.map((text) => `  ${text}`)].join(
    '\n',
  );
}

/** Formats all results as a Markdown table. */
export function table(results: readonly Result[]): string {
  const head = [
    'row',
    'fault',
    'Redis, CONFIRM',
    'seed',
    'accepted',
    'lost',
    'seen twice',
    'out of order',
    'again on the wire',
    'measured',
    'bar',
    'best known',
  ];
  const rows = results.map(({ row, seed, setting, judgement, figures, broken, remarks }) => [
    String(row.number),
    row.title,
    setting,
    String(seed),
    ...(judgement
      ? [
          String(judgement.accepted),
          String(judgement.lost.length),
          String(judgement.duplicates.length),
          String(judgement.disorder.length),
          String(judgement.duplicatesOnWire),
        ]
      : ['–', '–', '–', '–', '–']),
    [
      ...Object.entries(figures).map(([name, value]) => `${name} ${value}`),
      ...remarks,
      ...broken.map((text) => `**${text}**`),
    ].join('; '),
    row.bar,
    row.best,
  ]);
  const cells = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [cells(head), cells(head.map(() => '---')), ...rows.map(cells)].join('\n');
}
