// `npm run fuzz`: see docs/fuzzing.md.
import { fileURLToPath } from 'node:url';
import { writeEntry } from './corpus.js';
import { FuzzRig } from './fuzz-rig.js';
import type { Holdings } from './inspected-process.js';
import { UsageError } from '../support/usage-error.js';
import { type FuzzOptions, readOptions } from './options.js';
import { FuzzRun, type Report } from './run.js';

const FOUND = fileURLToPath(new URL('../../.cache/fuzz/', import.meta.url));

const say = (line: string): void => console.log(line);

async function fuzz({ minutes, seed, targets, blind }: FuzzOptions): Promise<number> {
  say(`seed ${seed}: ${minutes} min for ${targets.join(' and ')}`);
  const rig = await FuzzRig.start();
  let failed = false;
  try {
    const chosen = rig.targets().filter(({ name }) => targets.includes(name));
    for (const target of chosen) {
      const report = await new FuzzRun(rig, target, seed, blind).run((minutes * 60_000) / chosen.length);
      tell(target.name, report);
      for (const [n, { fault, inputs }] of report.failures.entries()) {
        const name = `${target.name}-${seed}-${n}`;
        const file = await writeEntry(FOUND, { name, target: target.name, about: fault, inputs });
        say(`FAILED: ${fault}\n  ${file}`);
      }
      for (const grown of report.grown) say(`FAILED: ${grown}`);
      failed ||= report.failures.length > 0 || report.grown.length > 0;
    }
  } finally {
    await rig.close();
  }
  return failed ? 1 : 0;
}

function tell(name: string, { sent, seconds, answers, covered, held }: Report): void {
  say(`${name}: ${sent} inputs in ${seconds.toFixed(0)} s, ${(sent / seconds).toFixed(0)}/s`);
  say(`  ways through functions: ${covered.first} by valid input, ${covered.last} in the end`);
  say(`  held after garbage collection: ${heldText(held.first)}, in the end ${heldText(held.last)}`);
  const sorted = [...answers].toSorted(([, a], [, b]) => b - a).map(([answer, count]) => `${answer} ${count}`);
  say(`  answers: ${sorted.join(', ')}`);
}

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`;

const heldText = (held: Holdings | undefined): string =>
  held ? `heap ${mib(held.heapBytes)}, RSS ${mib(held.rssBytes)}, ${held.handles} handles` : 'not measured';

try {
  process.exitCode = await fuzz(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
