import { installDebianPackage } from './apt.mjs';
import { findProgram } from './process.mjs';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Finds a Chromium for the browser tests: CHROMIUM_BIN, an installed one, or one that it installs.
 * @param {(line: string) => void} log
 * @param {AbortSignal} [signal]
 */
export async function findChromium(log, signal) {
  const names = process.env.CHROMIUM_BIN ? [process.env.CHROMIUM_BIN] : NAMES;
  const found = findProgram(...names);
  if (found !== undefined) return found;
  return (await installDebianPackage('chromium', log, signal)) ? findProgram(...names) : undefined;
}
