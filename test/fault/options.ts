import { parseArgs } from 'node:util';
import { UsageError } from '../support/usage-error.js';

/** Options of a fault run. */
export interface FaultOptions {
  /** Numbers of rows; none means all. */
  rows: readonly number[];
  seeds: readonly number[];
  ci: boolean;
  list: boolean;
  keep: boolean;
  /** Duration of the soak. */
  minutes: number;
  confirm?: string;
  redis?: 'standalone' | 'sentinel';
  /** Additional file for the table. */
  markdown?: string;
}

const DEFAULT_SEED = 1;

/** @throws UsageError. */
export function readOptions(args: readonly string[]): FaultOptions {
  const { row, seed, minutes, confirm, redis, markdown, ...flags } = parsed(args);
  const seeds = numbers('seed', seed);
  const [lasting = 0] = numbers('minutes', [minutes]);
  if (confirm !== undefined && !/^(local|replicated:[1-9]\d*)$/.test(confirm)) {
    throw new UsageError(`--confirm ${confirm}: must be local or replicated:<n>`);
  }
  if (redis !== undefined && redis !== 'standalone' && redis !== 'sentinel') {
    throw new UsageError(`--redis ${redis}: must be standalone or sentinel`);
  }
  return {
    ...flags,
    rows: numbers('row', row),
    seeds: seeds.length > 0 ? seeds : [DEFAULT_SEED],
    minutes: lasting,
    ...(confirm !== undefined && { confirm }),
    ...(redis !== undefined && { redis }),
    ...(markdown !== undefined && { markdown }),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        row: { type: 'string', multiple: true, default: [] },
        seed: { type: 'string', multiple: true, default: [] },
        ci: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        minutes: { type: 'string', default: '60' },
        confirm: { type: 'string' },
        redis: { type: 'string' },
        markdown: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numbers(option: string, texts: readonly string[]): number[] {
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      if (!/^\d+$/.test(text)) throw new UsageError(`--${option} ${text}: must be a whole number`);
      return Number(text);
    });
}
