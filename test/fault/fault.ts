import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { againInOwnNetwork } from './netns.js';
import { brokenBy, line, type Result, table } from './report.js';
import type { Row } from './row.js';
import { Stage } from './stage.js';

const DEFAULT_SEED = 1;

const ended = await againInOwnNetwork();
if (ended !== undefined) process.exit(ended);

const { values: options } = parseArgs({
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
});

const numbersOf = (texts: readonly string[]): number[] => texts.flatMap((text) => text.split(',').map(Number));

async function rowsOf(folder: URL): Promise<Row[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.row.ts'));
  const modules = await Promise.all(names.map((name) => import(new URL(name, folder).href) as Promise<{ row: Row }>));
  return modules.map(({ row }) => row).toSorted((a, b) => a.number - b.number);
}

/** @throws Error where `--redis` names no kind that every row can run on. */
function redisKind(): 'standalone' | 'sentinel' | undefined {
  const { redis } = options;
  if (redis === undefined || redis === 'standalone' || redis === 'sentinel') return redis;
  throw new Error(`--redis ${redis}: standalone or sentinel`);
}

/** Those that were asked for; the soak only by its number. */
function chosen(all: readonly Row[]): Row[] {
  const numbers = numbersOf(options.row);
  if (numbers.length > 0) return all.filter(({ number }) => numbers.includes(number));
  return options.ci ? all.filter(({ ci }) => ci) : all.filter(({ number }) => number !== SOAK);
}

const SOAK = 21;

async function run(row: Row, seed: number): Promise<Result> {
  const startedAtMs = performance.now();
  console.log(`row ${row.number} seed ${seed}: ${row.title} (bar: ${row.bar})`);
  const { ci, confirm } = options;
  const redis = redisKind();
  const log = (text: string): void => console.log(text);
  const stage = await Stage.open({
    seed,
    ci,
    minutes: Number(options.minutes),
    log,
    ...(confirm && { confirm }),
    ...(redis && { redis }),
  });
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
  const { judgement, remarks } = stage;
  const broken = [...stage.broken, ...(judgement ? brokenBy(judgement) : [])];
  const keep = broken.length > 0 || options.keep;
  await stage.stop(keep);
  stages.delete(stage);
  const tookMs = performance.now() - startedAtMs;
  const { setting } = stage;
  const result: Result = { row, seed, setting, tookMs, figures, broken, remarks, ...(judgement && { judgement }) };
  console.log(line(result));
  if (keep) console.log(`  journals and logs: ${stage.dir}`);
  return result;
}

function describe(error: Error): string {
  return `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${describe(error.cause)}` : ''}`;
}

const stages = new Set<Stage>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void Promise.all([...stages].map((stage) => stage.stop())).then(() => process.exit(130)));
}

const all = await rowsOf(new URL('rows/', import.meta.url));
if (options.list) {
  for (const { number, title, ci, bar } of all) console.log(`${number}${ci ? ' ci' : ''}\t${title}\t${bar}`);
} else {
  const results: Result[] = [];
  const seeds = numbersOf(options.seed);
  for (const row of chosen(all)) {
    for (const seed of seeds.length > 0 ? seeds : [DEFAULT_SEED]) results.push(await run(row, seed));
  }
  console.log(`\n${table(results)}`);
  if (options.markdown !== undefined) writeFileSync(options.markdown, `${table(results)}\n`);
  const faults = results.filter(({ broken }) => broken.length > 0);
  console.log(`${results.length - faults.length} rows kept their promises, ${faults.length} did not`);
  // Not by itself: a process that a row left behind would hold it.
  process.exit(faults.length === 0 && results.length > 0 ? 0 : 1);
}
