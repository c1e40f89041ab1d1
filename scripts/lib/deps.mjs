import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, tail } from './process.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const LOCK = join(ROOT, 'package-lock.json');
const STAMP = join(ROOT, 'node_modules/.postrider-stamp');
const INSTALLED = join(ROOT, 'node_modules/.package-lock.json');

/**
 * Installs the dependencies if they are missing or differ from the lockfile.
 * @param {(line: string) => void} log
 * @param {AbortSignal} [signal]
 */
export async function ensureDependencies(log, signal) {
  const wanted = existsSync(LOCK) ? digest(readFileSync(LOCK)) : 'no lockfile';
  if (readStamp() === wanted) return;
  if (!installedMatchesLock()) {
    log('Installing dependencies …');
    await install(existsSync(LOCK) ? 'ci' : 'install', signal);
  }
  writeFileSync(STAMP, wanted);
}

/** @param {string} command @param {AbortSignal} [signal] */
async function install(command, signal) {
  // `npm start` passes the path of npm's script, which also works if `npm` is not a plain program.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = [...npm.slice(1), command, '--include=dev', '--no-audit', '--no-fund'];
  const { code, output } = await capture(npm[0], args, { cwd: ROOT, signal });
  if (code !== 0) throw new SetupError(`npm ${command} failed:\n${tail(output)}`);
}

/**
 * Compares npm's own record of the installed packages, so that a manual `npm ci` is not repeated.
 */
function installedMatchesLock() {
  if (!existsSync(INSTALLED) || !existsSync(LOCK)) return false;
  const { packages: installed } = JSON.parse(readFileSync(INSTALLED, 'utf8'));
  const { packages: wanted } = JSON.parse(readFileSync(LOCK, 'utf8'));
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

function readStamp() {
  return existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;
}

/** @param {Buffer} content */
function digest(content) {
  return createHash('sha256').update(content).digest('hex');
}
