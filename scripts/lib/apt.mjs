import { capture, findProgram } from './process.mjs';

const OPTIONS = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2'];

/**
 * Installs a Debian package if apt-get exists and the user is root. Resolves with true if it did.
 * @param {string} name
 * @param {(line: string) => void} log
 * @param {AbortSignal} [signal]
 */
export async function installDebianPackage(name, log, signal) {
  const apt = findProgram('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) return false;
  log(`Installing ${name} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await capture(apt, [...OPTIONS, 'update'], { env, signal });
  const { code } = await capture(apt, [...OPTIONS, 'install', '-y', '--no-install-recommends', name], { env, signal });
  return code === 0;
}
