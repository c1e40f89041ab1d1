import { readFileSync } from 'node:fs';

/** Unit of CPU time in proc(5): a hundredth of a second (USER_HZ). */
const TICK_MS = 10;

/** Returns the CPU time used so far by a process and its children, including exited ones. */
export function cpuMs(pid: number): number {
  return family(pid).reduce((sum, member) => sum + ownCpuMs(member), 0);
}

/** Returns the memory of a process and its children. */
export function rssBytes(pid: number): number {
  return family(pid).reduce((sum, member) => sum + ownRssBytes(member), 0);
}

/** Returns the CPU time of the whole machine that was not idle. */
export function busyCpuMs(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = first.split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}

function family(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

function ownCpuMs(pid: number): number {
  // The name of the program, in parentheses, may contain spaces.
  const line = read(`/proc/${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(') ') + 2);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.split(' ').slice(11, 15).map(Number);
  return (utime + stime + cutime + cstime) * TICK_MS;
}

function ownRssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
}

/** Reads a file; empty if its process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
