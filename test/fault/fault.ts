import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { againInOwnNetwork } from './netns.js';
import { UsageError } from '../support/usage-error.js';
import { type FaultOptions, readOptions } from './options.js';
import { brokenBy, line, type Result, table } from './report.js';
import type { Row } from './row.js';
import { Stage } from './stage.js';

/** Row that runs only if it is named, because it takes an hour. */
const SOAK = 21;
const BAD_CALL = 2;

const stages = new Set<Stage>();

async function rowsOf(folder: URL): Promise<Row[]> {
  const names = readdirSync(folder).filter((name) => /^\d\d-.+\.ts$/.test(name));
  const modules = await Promise.all(names.map((name) => import(new URL(name, folder).href) as Promise<{ row: Row }>));
  return modules.map(({ row }) => row).toSorted((a, b) => a.number - b.number);
}

/** @throws UsageError if there is no such row. */
function chosen(all: readonly Row[], { rows, ci }: FaultOptions): Row[] {
  const unknown = rows.find((asked) => !all.some(({ number }) => number === asked));
  if (unknown !== undefined) throw new UsageError(`--row ${unknown}: unknown, see --list`);
  if (rows.length > 0) return all.filter(({ number }) => rows.includes(number));
  return ci ? all.filter((row) => row.ci) : all.filter(({ number }) => number !== SOAK);
}

async function run(row: Row, seed: number, options: FaultOptions): Promise<Result> {
  const startedAtMs = performance.now();
  console.log(`row ${row.number} seed ${seed}: ${row.title} (bar: ${row.bar})`);
  const stage = await Stage.open({ ...options, seed, log: (text) => console.log(text) });
  stages.add(stage);
  const [load = 0] = loadavg();
  if (load > cpus().length) stage.remarks.push(`load average ${load.toFixed(0)} at its start`);
  let figures = {};
  try {
    figures = await row.run(stage);
    if (!stage.judgement) await stage.judge();
  } catch (error) {
    stage.broken.push(`the run itself failed: ${error instanceof Error ? describe(error) : String(error)}`);
  }
  const { judgement, remarks, setting } = stage;
  const broken = [...stage.broken, ...(judgement ? brokenBy(judgement) : [])];
  const keep = broken.length > 0 || options.keep;
  await stage.stop(keep);
  stages.delete(stage);
  const tookMs = performance.now() - startedAtMs;
  const result: Result = { row, seed, setting, tookMs, figures, broken, remarks, ...(judgement && { judgement }) };
  console.log(line(result));
  if (keep) console.log(`  journals and logs: ${stage.dir}`);
  return result;
}

function describe(error: Error): string {
  return `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${describe(error.cause)}` : ''}`;
}

/** @returns the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const ended = await againInOwnNetwork();
  if (ended !== undefined) return ended;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(
      signal,
      () => void Promise.all([...stages].map((stage) => stage.stop())).then(() => process.exit(130)),
    );
  }
  const all = await rowsOf(new URL('rows/', import.meta.url));
  if (options.list) {
    for (const { number, title, ci, bar } of all) console.log(`${number}${ci ? ' ci' : ''}\t${title}\t${bar}`);
    return 0;
  }
  const results: Result[] = [];
  for (const row of chosen(all, options)) {
    for (const seed of options.seeds) results.push(await run(row, seed, options));
  }
  console.log(`\n${table(results)}`);
  if (options.markdown !== undefined) writeFileSync(options.markdown, `${table(results)}\n`);
  const broken = results.filter((result) => result.broken.length > 0).length;
  console.log(`${results.length - broken} rows kept their promises, ${broken} did not`);
  return broken === 0 ? 0 : 1;
}

const code = await main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  return BAD_CALL;
});
// Explicit, because a process left behind by a row would keep this one alive.
process.exit(code);
