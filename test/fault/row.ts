import type { Stage } from './stage.js';

/** Row of the fault matrix. */
export interface Row {
  readonly number: number;
  readonly title: string;
  /** True if it belongs to the short run of continuous integration. */
  readonly ci: boolean;
  /** Target in addition to "nothing lost, nothing twice". */
  readonly bar: string;
  /** Best result of any known system, with its name. */
  readonly best: string;
  /** Causes the faults. @returns the measured figures. */
  run(stage: Stage): Promise<RowFigures>;
}

/** Figures by name, such as `{ 'accept gap': '3.1 s' }`. */
export type RowFigures = Readonly<Record<string, number | string>>;
