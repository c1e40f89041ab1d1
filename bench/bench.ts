// `npm run bench`: measures the built server and its peers in turn (docs/benchmark.md).
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { UsageError } from '../test/support/usage-error.js';
import type { SystemName } from './generator/dialects/dialects.js';
import { type BenchOptions, chosen, readOptions } from './options.js';
import { progress } from './progress.js';
import { barTable } from './report/bars.js';
import { plotOf } from './report/latencies.js';
import { page } from './report/page.js';
import type { Run } from './report/statistics.js';
import { asText } from './report/table.js';
import { profileTable, workloadTable } from './report/tables.js';
import { inTurn, runOnce, stopAll } from './run.js';
import type { Workload } from './workloads/workload.js';
import { WORKLOADS } from './workloads/workloads.js';

const BAD_CALL = 2;

interface Turn {
  pair: number;
  workload: Workload;
  system: SystemName;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void stopAll().then(() => process.exit(130)));
}

/** @returns the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const workloads = chosen(WORKLOADS, options.workloads);
  if (options.list) {
    for (const { name, title, systems = ['all systems'] } of workloads)
      console.log(`${name}\t${title}\t${systems.join()}`);
    return 0;
  }
  const notes = notesOn(options);
  for (const note of notes) console.log(note);
  const failures: string[] = [];
  const runs = await runAll(turns(workloads, options), options, failures);
  report(notes, workloads, runs, options);
  for (const failure of failures) console.error(failure);
  return failures.length === 0 ? 0 : 1;
}

function notesOn({ pairs, seconds, users, seed, appendfsync, processes, tracePercent }: BenchOptions): string[] {
  const [{ model } = { model: 'unknown' }] = cpus();
  return [
    `${new Date().toISOString()}, ${cpus().length} × ${model}, Node ${process.versions.node}`,
    `pairs ${pairs}, ${seconds} s each, ${users} users, seed ${seed}, appendfsync ${appendfsync}, processes ${processes}${tracePercent > 0 ? `, ${tracePercent} % traced` : ''}`,
  ];
}

function turns(workloads: readonly Workload[], { pairs, systems }: BenchOptions): Turn[] {
  return Array.from({ length: pairs }, (_, pair) => pair).flatMap((pair) =>
    workloads.flatMap((workload) => inTurn(workload, systems, pair).map((system) => ({ pair, workload, system }))),
  );
}

/** Runs every turn. Failures are reported at the end and do not stop other turns. */
async function runAll(all: readonly Turn[], options: BenchOptions, failures: string[]): Promise<Run[]> {
  const runs: Run[] = [];
  const shown = progress(all.length);
  for (const { pair, workload, system } of all) {
    const what = `${workload.name} ${system}, pair ${pair + 1}`;
    shown.begin(what);
    try {
      const outcome = await runOnce(workload, system, options);
      runs.push({ pair, workload: workload.name, system, ...outcome });
      if (outcome.complaint !== undefined) failures.push(`${what}: ${outcome.complaint}`);
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
    shown.end();
  }
  shown.stop();
  return runs;
}

function report(
  notes: readonly string[],
  workloads: readonly Workload[],
  runs: readonly Run[],
  { html, json }: BenchOptions,
): void {
  const told = workloads.flatMap((workload) => [workloadTable(workload, runs), profileTable(workload, runs)]);
  const tables = [...told, barTable(runs)];
  for (const table of tables.filter(({ rows }) => rows.length > 0)) console.log(`\n${asText(table)}`);
  if (json !== undefined) writeFileSync(json, JSON.stringify({ notes, runs }, undefined, 2));
  if (html !== undefined) {
    const plots = workloads.map((workload) => plotOf(workload, runs));
    writeFileSync(html, page(notes, tables, plots));
  }
}

const code = await main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  return BAD_CALL;
});
// Explicit, because a process left behind by a run would keep this one alive.
process.exit(code);
