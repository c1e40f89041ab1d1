import { readFile } from 'node:fs/promises';
import { until } from '../../test/support/wait.js';

const WRITTEN_TIMEOUT_MS = 30_000;

/**
 * Profiles a process with `profiler.mjs` while `work` runs.
 * @returns the result, and the profile as V8 writes it.
 */
export async function profiled<T>(pid: number, file: string, work: () => Promise<T>): Promise<[T, unknown]> {
  process.kill(pid, 'SIGUSR2');
  const result = await work();
  process.kill(pid, 'SIGUSR2');
  let text: string | undefined;
  const isThere = async (): Promise<boolean> => {
    text = await readFile(file, 'utf8').catch(() => undefined);
    return text !== undefined;
  };
  await until(isThere, { timeoutMs: WRITTEN_TIMEOUT_MS, what: 'the CPU profile is written' });
  return [result, JSON.parse(text ?? '')];
}
