import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, stopProcess, tail } from './process.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const STAMP = join(ROOT, 'dist/.postrider-stamp');
const CONFIGURATION = ['tsconfig.json', 'nest-cli.json', 'package-lock.json', 'scripts/lib/bundle.mjs'];
/** Sources of the build. */
const SOURCES = ['src', 'clients', 'web'];
const OUTPUT = /[\\/](dist|docs|node_modules|test)[\\/]|\.spec\.ts$/;

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';
const VITE = 'node_modules/vite/bin/vite.js';
const PACKAGE = 'clients/build.js';
/** Build step of the server. */
const BUNDLE = { folder: '.', command: ['scripts/lib/bundle.mjs'] };
/** Each with the folder it runs in; none needs the output of another. */
const STEPS = [
  { folder: '.', command: [NEST, 'build'] },
  { folder: 'clients/js', command: ['clients/js/bundle.js'] },
  { folder: 'clients/js', command: [PACKAGE] },
  { folder: 'clients/node-server', command: [PACKAGE] },
  { folder: 'web', command: [VITE, 'build'] },
];

/**
 * Builds the server, the clients and the pages if their sources have changed since the last build.
 */
export async function ensureBuild(log, signal) {
  const wanted = digestOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  log('Building …');
  await build(signal);
  writeFileSync(STAMP, wanted);
}

/**
 * Builds the server into `dist` and `dist/bundle`, the clients and the pages into their own `dist`.
 * @throws SetupError.
 */
export async function build(signal) {
  await run(STEPS, signal);
  await run([BUNDLE], signal);
}

async function run(steps, signal) {
  const outcomes = await Promise.all(
    steps.map(({ folder, command: [program, ...args] }) =>
      capture(process.execPath, [join(ROOT, program), ...args], { cwd: join(ROOT, folder), signal }),
    ),
  );
  const failed = outcomes.find(({ code }) => code !== 0);
  if (failed) throw new SetupError(`The build failed:\n${tail(failed.output, 40)}`);
}

/** Builds the clients and the pages alone: the server is built by what watches it. */
export const buildPages = (signal) => run(STEPS.slice(1), signal);

/** Builds the pages whenever something they are made from changes. @returns what ends it. */
export function watchPages() {
  const args = [join(ROOT, VITE), 'build', '--watch'];
  const child = spawn(process.execPath, args, { cwd: join(ROOT, 'web'), stdio: ['ignore', 'inherit', 'inherit'] });
  return () => stopProcess(child, { graceMs: 2_000 });
}

function digestOfSources() {
  const hash = createHash('sha256');
  const sources = SOURCES.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !OUTPUT.test(path.slice(ROOT.length)))
    .toSorted();
  for (const path of [...sources, ...CONFIGURATION.map((name) => join(ROOT, name))]) {
    hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}
