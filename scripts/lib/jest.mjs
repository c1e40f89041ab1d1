import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, exitOf, tail } from './process.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const JEST = ['--no-warnings', '--experimental-vm-modules', join(ROOT, 'node_modules/jest/bin/jest.js')];
const REPORTER = join(ROOT, 'scripts/lib/test-reporter.mjs');

/** The test files that match one of the patterns (all without patterns). */
export async function listTests(patterns, { env, signal }) {
  const { code, output } = await capture(process.execPath, [...JEST, '--listTests', ...patterns], {
    cwd: ROOT,
    env,
    signal,
  });
  if (code !== 0) throw new SetupError(`Jest could not list the tests:\n${tail(output)}`);
  return output.split('\n').filter((line) => /\.spec\.[cm]?[jt]s$/.test(line));
}

/**
 * Runs the files and resolves with `{passed, failed, failures}`, the last by title. A file that
 * could not run and a crash of Jest count as failures.
 */
export async function runTests(files, options, { env, signal, report }) {
  if (files.length === 0) return { passed: 0, failed: 0, failures: [] };
  const args = [...JEST, ...options, `--reporters=${REPORTER}`, '--runTestsByPath', ...files];
  const jest = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...env, POSTRIDER_TEST_REPORT: report },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const abort = () => jest.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  const { code } = await exitOf(jest);
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: ['Jest ended before its report'] };
  const { passed, failures } = JSON.parse(readFileSync(report, 'utf8'));
  if (failures.length === 0 && code !== 0) failures.push(`Jest ended with ${code}`);
  return { passed, failed: failures.length, failures };
}
