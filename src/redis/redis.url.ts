import type { RedisOptions } from 'ioredis';

export interface RedisTarget {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  readonly nodes: readonly { host: string; port: number }[];
  /** Name of the primary as the Sentinels know it; only with Sentinel. */
  readonly primary?: string;
  readonly auth: Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>;
}

const DEFAULT_PORT = { standalone: 6379, cluster: 6379, sentinel: 26_379 };

/**
 * Reads `REDIS_URL`: `redis://[user:password@]host[:port][/db]`, `redis+sentinel://h1:p,h2:p/<primary>[?db=n]`,
 * `redis+cluster://h1:p,h2:p`; `rediss…` uses TLS.
 * @throws TypeError where the URL cannot be read; its text is not repeated, as it may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = /^redis(s)?(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url);
  if (!match) throw new TypeError('REDIS_URL cannot be read');
  const [, tls, kind, credentials = '', hosts = '', path = '', query = ''] = match;
  const mode = kind === 'sentinel' || kind === 'cluster' ? kind : 'standalone';
  const nodes = hosts.split(',').map((host) => {
    const [, name, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) ?? [];
    if (!name) throw new TypeError('REDIS_URL names a host that cannot be read');
    return { host: name.replace(/^\[|\]$/g, ''), port: port ? Number(port) : DEFAULT_PORT[mode] };
  });
  if (mode === 'sentinel' && !path) throw new TypeError('REDIS_URL names no primary after the Sentinels');
  const colon = credentials.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? credentials : credentials.slice(0, colon));
  const password = colon < 0 ? '' : decodeURIComponent(credentials.slice(colon + 1));
  const db = Number(mode === 'standalone' ? path || 0 : (new URLSearchParams(query).get('db') ?? 0));
  return {
    mode,
    nodes,
    ...(mode === 'sentinel' && { primary: decodeURIComponent(path) }),
    auth: {
      ...(username && { username }),
      ...(password && { password }),
      ...(db > 0 && { db }),
      ...(tls && { tls: {} }),
    },
  };
}
