import { parseArgs } from 'node:util';
import { UsageError } from '../test/support/usage-error.js';
import { DIALECTS, type SystemName } from './generator/dialects/dialects.js';
import type { Workload } from './workloads/workload.js';

/** Options of a benchmark run. */
export interface BenchOptions {
  /** Names of workloads or their prefixes; none means all. */
  readonly workloads: readonly string[];
  readonly systems: readonly SystemName[];
  /** Number of turns of every system. */
  readonly pairs: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly users: number;
  readonly seed: number;
  readonly appendfsync: 'everysec' | 'always';
  readonly processes: number;
  readonly list: boolean;
  /** True to profile the CPU time of Postrider, which makes it slower. */
  readonly profile: boolean;
  /** Percentage of notifications that Postrider traces; 0 turns tracing off. */
  readonly tracePercent: number;
  /** Files for the results. */
  readonly html?: string;
  readonly json?: string;
}

const SYSTEMS = Object.keys(DIALECTS) as SystemName[];
const USUAL = { pairs: '5', seconds: '10' };
const QUICK = { pairs: '1', seconds: '3' };

/** @throws UsageError. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { workload, systems, quick, list, profile, html, json, appendfsync, ...given } = parsed(args);
  const { pairs, seconds } = { ...(quick ? QUICK : USUAL), ...given };
  if (appendfsync !== 'everysec' && appendfsync !== 'always') {
    throw new UsageError(`--appendfsync ${appendfsync}: must be everysec or always`);
  }
  return {
    workloads: names(workload),
    systems: systemsOf(names(systems)),
    pairs: whole('pairs', pairs, 1, 1_000),
    seconds: whole('seconds', seconds, 1, 3_600),
    warmup: whole('warmup', given.warmup, 0, 3_600),
    users: whole('users', given.users, 1, 10_000),
    seed: whole('seed', given.seed, 0, 2 ** 32 - 1),
    processes: whole('processes', given.processes, 1, 64),
    tracePercent: whole('trace', given.trace, 0, 100),
    appendfsync,
    list,
    profile,
    ...(html !== undefined && { html }),
    ...(json !== undefined && { json }),
  };
}

/** @throws UsageError if a name matches no workload. */
export function chosen(all: readonly Workload[], asked: readonly string[]): Workload[] {
  const fits = ({ name }: Workload, wanted: string): boolean => name === wanted || name.startsWith(`${wanted}-`);
  const unknown = asked.find((wanted) => !all.some((workload) => fits(workload, wanted)));
  if (unknown !== undefined) {
    throw new UsageError(`--workload ${unknown}: unknown, see --list`);
  }
  return all.filter((workload) => asked.length === 0 || asked.some((wanted) => fits(workload, wanted)));
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        workload: { type: 'string', multiple: true, default: [] },
        systems: { type: 'string', multiple: true, default: [] },
        pairs: { type: 'string' },
        seconds: { type: 'string' },
        warmup: { type: 'string', default: '2' },
        users: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        appendfsync: { type: 'string', default: 'everysec' },
        processes: { type: 'string', default: '1' },
        quick: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        trace: { type: 'string', default: '0' },
        html: { type: 'string' },
        json: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function names(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).filter(Boolean);
}

function systemsOf(asked: readonly string[]): SystemName[] {
  const unknown = asked.find((name) => !(name in DIALECTS));
  if (unknown !== undefined) throw new UsageError(`--systems ${unknown}: must be among ${SYSTEMS.join(', ')}`);
  return SYSTEMS.filter((name) => asked.length === 0 || asked.includes(name));
}

function whole(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${option} ${text}: must be a whole number from ${min} to ${max}`);
  }
  return value;
}
