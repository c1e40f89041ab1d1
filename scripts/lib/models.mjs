import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { capture, tail } from './process.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * Models to check, with their switches and whether their claims hold. A case that must fail lacks
 * one part of the algorithm. If it did not fail, the model could not show that the part is needed.
 * @type {readonly { model: string, switches: readonly string[], holds: boolean, live?: boolean,
 * deep?: boolean }[]}
 */
export const CASES = [
  { model: 'failover', switches: [], holds: true },
  { model: 'failover', switches: ['FAILS=2'], holds: true },
  { model: 'failover', switches: ['HINT_FIRST'], holds: false },
  { model: 'failover', switches: ['READ_PAST'], holds: false },
  { model: 'failover', switches: ['HINT_FIRST', 'CHECK=1'], holds: false },
  { model: 'failover', switches: ['HINT_FIRST', 'CHECK=2'], holds: false },
  { model: 'failover', switches: ['HINT_FIRST', 'CHECK=3'], holds: true, deep: true },
  { model: 'session', switches: [], holds: true },
  { model: 'session', switches: ['NO_GENERATION'], holds: false },
  { model: 'session', switches: ['LIVE_BY_NODE'], holds: false },
  { model: 'session', switches: ['NO_REAPER'], holds: false },
  { model: 'session', switches: ['NO_VERIFY'], holds: false },
  { model: 'session', switches: ['VERIFY_GENERATION_ONLY'], holds: false },
  { model: 'session', switches: ['LOSSES=1', 'DIALS=1'], holds: true },
  { model: 'session', switches: ['LOSSES=1'], holds: true, deep: true },
  { model: 'session', switches: ['LOSSES=1', 'NO_ADOPT'], holds: false },
  { model: 'session', switches: ['LOSSES=1', 'NO_LEFTOVERS'], holds: false },
  { model: 'guard', switches: [], holds: true, live: true },
  { model: 'guard', switches: ['NO_SWEEP'], holds: false, live: true },
  { model: 'guard', switches: ['NO_WINNER'], holds: false, live: true },
  { model: 'key', switches: [], holds: true },
  { model: 'key', switches: ['CLAIM_UNCONFIRMED'], holds: false },
  { model: 'key', switches: ['BLIND_CLAIM'], holds: false },
  { model: 'key', switches: ['BODIES=2'], holds: true },
  { model: 'key', switches: ['BODIES=2', 'NO_VOID'], holds: false },
  { model: 'key', switches: ['BODIES=2', 'VOID_UNCONFIRMED'], holds: false },
  { model: 'confirm', switches: [], holds: true },
  { model: 'confirm', switches: ['FORGET'], holds: false },
  { model: 'confirm', switches: ['SHORT'], holds: false },
  { model: 'confirm', switches: ['NO_MEMORY'], holds: false },
  { model: 'confirm', switches: ['ANY'], holds: false },
  { model: 'confirm', switches: ['BEHIND'], holds: false },
  { model: 'confirm', switches: ['BEHIND', 'PATIENT'], holds: true },
];

const MEMORY_MB = 3_500;
const DEPTH = 200_000;
/** Time after which a deep search ends with the states seen so far. */
const DEEP_MINUTES = 15;

/**
 * Explores every state of a case, up to the first fault.
 * @param {(typeof CASES)[number]} model
 * @param {AbortSignal} signal
 * @returns {Promise<{holds: boolean, states: number, depth: number, ms: number, fault?: string}>}
 * @throws {SetupError} if spin or gcc refuse it, or memory ends before the search
 */
export async function checkModel({ model, switches, live = false, deep = false }, signal) {
  const folder = mkdtempSync(join(tmpdir(), 'postrider-model-'));
  /** @param {string} command @param {string[]} args */
  const run = async (command, args) => {
    const { code, output } = await capture(command, args, { cwd: folder, signal });
    if (code !== 0) throw new SetupError(`${command} failed on ${model}.pml:\n${tail(output)}`);
    return output;
  };
  try {
    await run('spin', ['-a', ...switches.map((name) => `-D${name}`), join(ROOT, 'model', `${model}.pml`)]);
    const kind = live ? ['-DNFAIR=3'] : ['-DSAFETY'];
    await run('gcc', ['-O2', '-w', '-DCOLLAPSE', `-DMEMLIM=${MEMORY_MB}`, ...kind, '-o', 'pan', 'pan.c']);
    const began = performance.now();
    const report = await run('./pan', [
      `-m${DEPTH}`,
      ...(live ? ['-a', '-f'] : []),
      ...(deep ? [`-Q${DEEP_MINUTES}`] : []),
    ]);
    const ms = performance.now() - began;
    const errors = number(report, /errors: (\d+)/);
    if (errors === 0 && !deep && /Search not completed|max search depth too small/.test(report)) {
      throw new SetupError(
        `The search of ${model}.pml ${switches.join(' ')} did not come to its end:\n${tail(report)}`,
      );
    }
    const [, fault] = /^pan:\d+: (.+?) \(at depth/m.exec(report) ?? [];
    return {
      holds: errors === 0,
      states: number(report, /(\d+) states, stored/),
      depth: number(report, /depth reached (\d+)/),
      ms,
      fault,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} text @param {RegExp} pattern */
function number(text, pattern) {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}
