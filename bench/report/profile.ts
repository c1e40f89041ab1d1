import { z } from 'zod';

const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
    }),
  ),
  samples: z.array(z.number()),
  /** Microseconds that each sample stands for. */
  timeDeltas: z.array(z.number()),
});

/** CPU time of a program in milliseconds, by module in descending order. Idle time is left out. */
export type Shares = ReadonlyMap<string, number>;

const IDLE = 'idle';
const NATIVE: Readonly<Record<string, string>> = {
  '(idle)': IDLE,
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code that no function is known for',
  writev: 'writes to sockets',
  writeBuffer: 'writes to sockets',
  writeUtf8String: 'writes to sockets',
  writeLatin1String: 'writes to sockets',
  runMicrotasks: 'promises',
};
const NODE_PARTS = [
  ['node: HTTP', /^node:_http|^node:internal\/http/],
  ['node: sockets and streams', /^node:(net|stream|events|buffer)|^node:internal\/(stream|streams|buffer|net)/],
  ['node: crypto', /^node:internal\/crypto/],
  ['node: timers, promises, queues', /^node:internal\/(timers|process|async_hooks)|^node:async_hooks/],
] as const;

/**
 * Sums a CPU profile of V8 by package, module of the server, or part of Node.
 * @throws ZodError if it is not a CPU profile.
 */
export function sharesOf(profile: unknown): Shares {
  const { nodes, samples, timeDeltas } = cpuProfile.parse(profile);
  const whose = new Map(nodes.map(({ id, callFrame: { functionName, url } }) => [id, ownerOf(functionName, url)]));
  const shares = new Map<string, number>();
  samples.forEach((id, index) => {
    const owner = whose.get(id) ?? IDLE;
    if (owner !== IDLE) shares.set(owner, (shares.get(owner) ?? 0) + (timeDeltas[index] ?? 0) / 1_000);
  });
  return new Map([...shares].sort(([, a], [, b]) => b - a));
}

function ownerOf(functionName: string, url: string): string {
  const [, file = ''] = /.*\/node_modules\/(.+)/.exec(url) ?? [];
  if (file)
    return file
      .split('/')
      .slice(0, file.startsWith('@') ? 2 : 1)
      .join('/');
  const [, module] = /\/dist\/([^/]+)/.exec(url) ?? [];
  if (module) return `Postrider: ${module}`;
  if (url.startsWith('node:')) return NODE_PARTS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'node: other';
  return NATIVE[functionName] ?? 'native functions';
}
