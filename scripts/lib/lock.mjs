import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity } from './process.mjs';

/**
 * Takes a lock file. A lock whose process is gone, or whose process id now belongs to another
 * process, is taken over.
 * @returns `{release}` if it was taken, `{holder: pid}` if another process has it.
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const owner = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  for (;;) {
    try {
      writeFileSync(path, owner, { flag: 'wx' });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined) return { holder };
    rmSync(path, { force: true });
  }
}

/** Runs `work` while holding the lock, after waiting for it. */
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

function readHolder(path) {
  try {
    const { pid, identity } = JSON.parse(readFileSync(path, 'utf8'));
    return processIdentity(pid) === identity ? pid : undefined;
  } catch {
    return undefined;
  }
}
