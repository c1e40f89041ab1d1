import type { Stage } from './stage.js';

/** One line of the fault matrix. */
export interface Row {
  readonly number: number;
  readonly title: string;
  /** Whether it belongs to the short run of the continuous integration. */
  readonly ci: boolean;
  /** What we want to reach, beyond nothing lost and nothing twice. */
  readonly bar: string;
  /** What the best known system reaches, with its name. */
  readonly best: string;
  /** Brings the faults about. @returns what was measured. */
  run(stage: Stage): Promise<RowFigures>;
}

/** By name, e.g. `{ 'accept gap': '3.1 s' }`. */
export type RowFigures = Readonly<Record<string, number | string>>;
