import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { runChild } from './process.mjs';

const JEST = ['--no-warnings', '--experimental-vm-modules', join(ROOT, 'node_modules/jest/bin/jest.js')];
const REPORTER = join(ROOT, 'scripts/lib/test-reporter.mjs');

/**
 * Runs spec files. A file that could not run and a crash of Jest count as failed.
 * @param {readonly string[]} specs
 * @param {readonly string[]} options of Jest
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal, report: string }} run `report`: path of
 * the file for the reporter's counts
 * @returns {Promise<{ passed: number, failed: number, failures: string[] }>} counts, and the titles
 * of failed tests
 */
export async function runSpecs(specs, options, { env, signal, report }) {
  if (specs.length === 0) return { passed: 0, failed: 0, failures: [] };
  const args = [...JEST, ...options, `--reporters=${REPORTER}`, '--runTestsByPath', ...specs];
  const code = await runChild(process.execPath, args, {
    cwd: ROOT,
    env: { ...env, POSTRIDER_TEST_REPORT: report },
    signal,
  });
  signal.throwIfAborted();
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: ['Jest ended before its report'] };
  const { passed, failures } = JSON.parse(readFileSync(report, 'utf8'));
  if (failures.length === 0 && code !== 0) failures.push(`Jest ended with ${code}`);
  return { passed, failed: failures.length, failures };
}
