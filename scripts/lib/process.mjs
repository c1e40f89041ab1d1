import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from './setup-error.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ signal?: AbortSignal, timeoutMs?: number, cwd?: string, env?: NodeJS.ProcessEnv }}
 * [options]
 * @returns {Promise<{ code: number | null, output: string }>} `code` is null if it could not run
 */
export async function capture(command, args, { signal, timeoutMs, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, ...options });
  const abort = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', abort);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  try {
    const [code] = await once(child, 'close');
    return { code, output };
  } catch (error) {
    return { code: null, output: messageOf(error) };
  } finally {
    signal?.removeEventListener('abort', abort);
    signal?.throwIfAborted();
  }
}

/**
 * Runs a command that writes to this terminal, and passes an abort on to it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { signal: AbortSignal }} options
 * @returns its exit code; 130 if a signal ended it
 */
export async function runChild(command, args, { signal, ...options }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  const abort = () => child.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  const { code } = await exitOf(child);
  signal.removeEventListener('abort', abort);
  return code ?? 130;
}

/**
 * Resolves once the child has ended, even if it ended before the call.
 * @param {ChildProcess} child
 */
export async function exitOf(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

/**
 * Asks a child to end, waits for it, and kills it after `graceMs`.
 * @param {ChildProcess} child
 * @param {{ graceMs: number }} options
 */
export async function stopProcess(child, { graceMs }) {
  if (child.pid === undefined) return;
  const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  await exitOf(child);
  clearTimeout(killer);
}

/**
 * Stops a detached child and everything that it started in the same way.
 * @param {ChildProcess} child
 * @param {{ graceMs: number }} options
 */
export async function stopGroup(child, { graceMs }) {
  if (child.pid === undefined) return;
  const deadline = Date.now() + graceMs;
  /** @type {NodeJS.Signals | 0} */
  let signal = 'SIGTERM';
  while (signalGroup(child.pid, signal) && signal !== 'SIGKILL') {
    await delay(50);
    signal = Date.now() < deadline ? 0 : 'SIGKILL';
  }
}

/** @param {number} pid @param {NodeJS.Signals | 0} signal */
function signalGroup(pid, signal) {
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false;
  }
}

/** Finds the first of these programs, on PATH or by its path. @param {string[]} names */
export function findProgram(...names) {
  for (const name of names) {
    const folders = name.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
    for (const folder of folders) {
      const path = folder === '' ? name : join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns an identity that distinguishes a process from a later one with the same id: its start
 * time and, on Linux, the boot. Undefined if no such process runs.
 * @param {number} pid
 */
export function processIdentity(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Returns the last lines of a text, which show why something failed. @param {string} text */
export function tail(text, lines = 20) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
