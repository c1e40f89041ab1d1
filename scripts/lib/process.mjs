import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs a command to its end. Resolves with its exit code (null if it could not run) and its output.
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
    return { code: null, output: error.message };
  } finally {
    signal?.removeEventListener('abort', abort);
    signal?.throwIfAborted();
  }
}

/**
 * Runs a command that writes to this terminal, and passes the end of this script on to it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { signal: AbortSignal }} options
 * @returns its exit code, 130 if a signal ended it
 */
export async function runChild(command, args, { signal, ...options }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  const abort = () => child.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  const { code } = await exitOf(child);
  signal.removeEventListener('abort', abort);
  return code ?? 130;
}

/** Resolves with `{code, signal}` once the child has ended, also when it had ended before. */
export async function exitOf(child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

/** Asks a child to end and waits for it; after `graceMs` it is killed. */
export async function stopProcess(child, { graceMs }) {
  if (child.pid === undefined) return;
  const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.kill('SIGTERM');
  await exitOf(child);
  clearTimeout(killer);
}

/** As `stopProcess`, for a detached child and everything that it started. */
export async function stopGroup(child, { graceMs }) {
  const deadline = Date.now() + graceMs;
  let signal = 'SIGTERM';
  while (signalGroup(child.pid, signal) && signal !== 'SIGKILL') {
    await delay(50);
    signal = Date.now() < deadline ? 0 : 'SIGKILL';
  }
}

function signalGroup(pid, signal) {
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false;
  }
}

/** The first of these programs found on PATH (or given as a path), or undefined. */
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

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Identity of a process that distinguishes it from a later one with the same number: boot and start
 * time on Linux, start time elsewhere. Undefined if no such process runs.
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

/** The last lines of a text, for showing why something failed. */
export function tail(text, lines = 20) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
