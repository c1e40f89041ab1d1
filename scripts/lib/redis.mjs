import { installDebianPackage } from './apt.mjs';
import { capture, findProgram, isExecutable } from './process.mjs';
import { SetupError } from './setup-error.mjs';

const NAMES = ['redis-server', 'valkey-server', '/opt/homebrew/bin/redis-server', '/usr/local/bin/redis-server'];
const MINIMUM_MAJOR = 7;
const IMAGE = 'valkey/valkey:8-alpine';

/**
 * @typedef {{ kind: 'binary', path: string } | { kind: 'container', path: string, image: string }}
 * RedisWay
 */

const ADVICE = `No Redis found, and none could be installed. Do one of these and try again:
  1. install redis-server or valkey-server 7.0 or newer (or name its program in REDIS_SERVER_BIN)
  2. start a container engine that answers \`docker info\`
  3. point REDIS_URL at a Redis that runs already`;

/**
 * Finds a way to run an embedded Redis, and installs one if that needs no help.
 * @param {(line: string) => void} log
 * @param {AbortSignal} signal
 * @returns {Promise<RedisWay>}
 * @throws {SetupError} naming the ways to get one
 */
export async function findRedis(log, signal) {
  const binary = await findBinary(log, signal);
  if (binary !== undefined) return { kind: 'binary', path: binary };
  const docker = findProgram('docker');
  if (docker !== undefined && (await engineAnswers(docker, signal)) && (await fetchImage(docker, log, signal))) {
    return { kind: 'container', path: docker, image: IMAGE };
  }
  throw new SetupError(ADVICE);
}

/** @param {(line: string) => void} log @param {AbortSignal} signal */
async function findBinary(log, signal) {
  const named = process.env.REDIS_SERVER_BIN;
  if (named) {
    if (!isExecutable(named))
      throw new SetupError(`REDIS_SERVER_BIN is not a program: ${named}. Set it to redis-server or valkey-server.`);
    return named;
  }
  const installed = await usableBinary(signal);
  if (installed !== undefined) return installed;
  if (await installDebianPackage('redis-server', log, signal)) return usableBinary(signal);
  const brew = process.platform === 'darwin' ? findProgram('brew', '/opt/homebrew/bin/brew') : undefined;
  if (brew === undefined) return undefined;
  log('Installing redis …');
  await capture(brew, ['install', 'redis'], { signal });
  return usableBinary(signal);
}

/** @param {AbortSignal} signal */
async function usableBinary(signal) {
  for (const name of NAMES) {
    const path = findProgram(name);
    if (path === undefined) continue;
    const { output } = await capture(path, ['--version'], { signal });
    const major = Number(/v=(\d+)\./.exec(output)?.[1]);
    if (major >= MINIMUM_MAJOR) return path;
  }
  return undefined;
}

/**
 * Checks that the engine answers. The client may be installed without one; only an engine knows its
 * version.
 * @param {string} docker
 * @param {AbortSignal} signal
 */
async function engineAnswers(docker, signal) {
  const args = ['info', '--format', '{{.ServerVersion}}'];
  const { code, output } = await capture(docker, args, { signal, timeoutMs: 10_000 });
  return code === 0 && /^\d/.test(output.trim());
}

/** @param {string} docker @param {(line: string) => void} log @param {AbortSignal} signal */
async function fetchImage(docker, log, signal) {
  const { code } = await capture(docker, ['image', 'inspect', IMAGE], { signal });
  if (code === 0) return true;
  log(`Fetching ${IMAGE} …`);
  return (await capture(docker, ['pull', IMAGE], { signal })).code === 0;
}
