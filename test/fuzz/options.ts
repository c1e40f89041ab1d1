import { parseArgs } from 'node:util';
import { UsageError } from '../support/usage-error.js';

export interface FuzzOptions {
  /** Duration of the run for all targets together. */
  readonly minutes: number;
  readonly seed: number;
  readonly targets: readonly string[];
  /** True to choose input regardless of the code that it reached. */
  readonly blind: boolean;
}

const TARGETS = ['frames', 'rest'];

/** @throws UsageError. */
export function readOptions(args: readonly string[]): FuzzOptions {
  const { minutes, seed, target, blind } = parsed(args);
  if (!(Number(minutes) > 0)) throw new UsageError(`--minutes ${minutes}: must be a number above 0`);
  if (seed !== undefined && !/^\d{1,10}$/.test(seed)) throw new UsageError(`--seed ${seed}: must be a whole number`);
  const unknown = target.find((name) => !TARGETS.includes(name));
  if (unknown !== undefined) throw new UsageError(`--target ${unknown}: must be ${TARGETS.join(' or ')}`);
  return {
    minutes: Number(minutes),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(seed),
    targets: target.length > 0 ? target : TARGETS,
    blind,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string' },
        target: { type: 'string', multiple: true, default: [] },
        blind: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
