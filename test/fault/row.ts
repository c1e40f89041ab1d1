import type { Stage } from './stage.js';

/** One line of the fault matrix. */
export interface Row {
  readonly number: number;
  readonly title: string;
  /** True if it belongs to the short run of continuous integration. */
  readonly ci: boolean;
  /** Target, beyond nothing lost and nothing twice. */
  readonly bar: string;
  /** Best result of any known system, with its name. */
  readonly best: string;
  /** Brings the faults about. @returns what was measured. */
  run(stage: Stage): Promise<RowFigures>;
}

/** By name, e.g. `{ 'accept gap': '3.1 s' }`. */
export type RowFigures = Readonly<Record<string, number | string>>;
