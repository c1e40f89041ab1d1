import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CACHE_DIR, ROOT } from './paths.mjs';
import { capture, stopProcess, tail } from './process.mjs';
import { SetupError } from './setup-error.mjs';

/** Digests of the sources that each part was last built from. */
const STAMPS = join(CACHE_DIR, 'build.json');
const SHARED = ['package-lock.json', 'scripts/lib/build.mjs'];
const IS_OUTPUT = /[\\/](dist|docs|node_modules|test)[\\/]|\.spec\.ts$/;

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';
const VITE = 'node_modules/vite/bin/vite.js';
const PACKAGE = 'clients/build.js';

/**
 * @typedef {object} Part
 * @property {string} folder folder in which its commands run
 * @property {string[]} sources files and folders that it is built from
 * @property {string} output a file that exists once it is built
 * @property {string[][]} commands run one after the other
 */

/**
 * Parts of the build, none of which needs the output of another. @type {Readonly<Record<string,
 * Part>>}
 */
const PARTS = {
  server: {
    folder: '.',
    sources: ['src', 'tsconfig.json', 'nest-cli.json', 'scripts/lib/bundle.mjs'],
    output: 'dist/bundle/main.js',
    commands: [[NEST, 'build'], ['scripts/lib/bundle.mjs']],
  },
  client: {
    folder: 'clients/js',
    sources: ['clients/js', PACKAGE],
    output: 'clients/js/dist/postrider.js',
    commands: [['clients/js/bundle.js'], [PACKAGE]],
  },
  'server SDK': {
    folder: 'clients/node-server',
    sources: ['clients/node-server', PACKAGE],
    output: 'clients/node-server/dist/esm/index.js',
    commands: [[PACKAGE]],
  },
  pages: {
    folder: 'web',
    sources: ['web', 'clients/js/src', 'clients/node-server/src'],
    output: 'web/dist/demo/index.html',
    commands: [[VITE, 'build']],
  },
};

/**
 * Builds the parts whose sources have changed since they were last built.
 * @param {(line: string) => void} log
 * @param {AbortSignal} signal
 */
export async function ensureBuild(log, signal) {
  const built = readStamps();
  const stale = Object.keys(PARTS).filter(
    (name) => built[name] !== digestOf(PARTS[name]) || !existsSync(join(ROOT, PARTS[name].output)),
  );
  if (stale.length === 0) return;
  log(`Building ${stale.join(', ')} …`);
  await build(signal, stale);
}

/**
 * Builds the server into `dist` and `dist/bundle`, and the clients and the pages into their own
 * `dist` folders.
 * @param {AbortSignal} signal
 * @param {readonly string[]} names of parts
 * @throws {SetupError}
 */
export async function build(signal, names = Object.keys(PARTS)) {
  // Taken first, so that a file that changes during the build makes its part stale.
  const stamps = Object.fromEntries(names.map((name) => [name, digestOf(PARTS[name])]));
  await Promise.all(names.map((name) => buildPart(PARTS[name], signal)));
  mkdirSync(dirname(STAMPS), { recursive: true });
  writeFileSync(STAMPS, JSON.stringify({ ...readStamps(), ...stamps }));
}

/** @param {Part} part @param {AbortSignal} signal */
async function buildPart({ folder, commands }, signal) {
  for (const [program, ...args] of commands) {
    const options = { cwd: join(ROOT, folder), signal };
    const { code, output } = await capture(process.execPath, [join(ROOT, program), ...args], options);
    if (code !== 0) throw new SetupError(`The build failed:\n${tail(output, 40)}`);
  }
}

/**
 * Builds the clients and the pages; the watched server builds itself.
 * @param {AbortSignal} signal
 */
export const buildPages = (signal) => build(signal, ['client', 'server SDK', 'pages']);

/** Rebuilds the pages whenever their sources change. @returns a function that stops this */
export function watchPages() {
  const args = [join(ROOT, VITE), 'build', '--watch'];
  const child = spawn(process.execPath, args, { cwd: join(ROOT, 'web'), stdio: ['ignore', 'inherit', 'inherit'] });
  return () => stopProcess(child, { graceMs: 2_000 });
}

/** @returns {Record<string, string>} */
function readStamps() {
  return existsSync(STAMPS) ? JSON.parse(readFileSync(STAMPS, 'utf8')) : {};
}

/** @param {Part} part */
function digestOf({ sources }) {
  const hash = createHash('sha256');
  for (const path of [...sources, ...SHARED].flatMap(filesOf)) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} path of a file or a folder, from the root */
function filesOf(path) {
  if (/\.\w+$/.test(path)) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length))
    .filter((file) => !IS_OUTPUT.test(file))
    .toSorted();
}
