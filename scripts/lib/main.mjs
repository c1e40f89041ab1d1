import { describeError } from './setup-error.mjs';
import { stopSignal } from './signals.mjs';

/**
 * Runs a script and sets its exit code: 130 after a signal, 1 after an error, which is shown.
 * @param {(context: { args: string[], log: (line: string) => void, signal: AbortSignal }) =>
 * Promise<number>} script
 */
export async function main(script) {
  const signal = stopSignal();
  try {
    process.exitCode = await script({ args: process.argv.slice(2), log: (line) => console.log(line), signal });
  } catch (error) {
    if (!signal.aborted) console.error(describeError(error));
    process.exitCode = signal.aborted ? 130 : 1;
  }
}
