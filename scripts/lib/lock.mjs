import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity } from './process.mjs';
import { codeOf } from './setup-error.mjs';

/**
 * Takes a lock file. It takes over a lock whose process is gone, or whose number now belongs to
 * another process.
 * @param {string} path
 * @returns {{ release: () => void, holder?: undefined } | { release?: undefined, holder: number }}
 * `holder`: the process that holds it
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const owner = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  for (;;) {
    try {
      writeFileSync(path, owner, { flag: 'wx' });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined) return { holder };
    rmSync(path, { force: true });
  }
}

/**
 * Runs `work` while holding the lock, after waiting for its current holder.
 * @template T
 * @param {string} path
 * @param {AbortSignal | undefined} signal
 * @param {() => Promise<T>} work
 */
export async function withLock(path, signal, work) {
  let lock = tryLock(path);
  while (lock.release === undefined) {
    await delay(200, undefined, { signal });
    lock = tryLock(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** @param {string} path */
function readHolder(path) {
  try {
    const { pid, identity } = JSON.parse(readFileSync(path, 'utf8'));
    return processIdentity(pid) === identity ? pid : undefined;
  } catch {
    return undefined;
  }
}
