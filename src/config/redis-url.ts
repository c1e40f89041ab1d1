import { isIPv6 } from 'node:net';
import type { RedisOptions } from 'ioredis';

/** User and password. */
export type Credentials = Pick<RedisOptions, 'username' | 'password'>;

export interface RedisTarget {
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
  readonly nodes: readonly { host: string; port: number }[];
  /** Name of the primary in Sentinel; only with Sentinel. */
  readonly primary?: string;
  readonly auth: Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>;
  /** Credentials of the Sentinels if the URL has separate ones; empty for none. */
  readonly sentinelAuth?: Credentials;
}

const DEFAULT_PORT = { standalone: 6379, cluster: 6379, sentinel: 26_379 };
const MAX_PORT = 65_535;
const FORM = /^redis(s)?(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const PARAMETERS = {
  standalone: ['db'],
  cluster: ['db'],
  sentinel: ['db', 'sentinelUsername', 'sentinelPassword'],
} as const;

/**
 * Parses `REDIS_URL`: `redis://[user:password@]host[:port][/db]`,
 * `redis+sentinel://h1:p,h2:p/<primary>[?db=n]` or `redis+cluster://h1:p,h2:p`; `rediss…` uses TLS.
 * Unknown parts are refused, never ignored.
 * @throws TypeError naming the fault; it repeats no values, which may be a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = FORM.exec(url);
  if (!match || /\s/.test(url)) {
    throw new TypeError('cannot be read: percent-encode @ : / ? # and % in user and password');
  }
  const [, tls, kind, credentials, hosts = '', path = '', query = ''] = match;
  const mode = kind === 'sentinel' || kind === 'cluster' ? kind : 'standalone';
  const nodes = hosts.split(',').map((host) => nodeOf(host, DEFAULT_PORT[mode]));
  if (mode === 'standalone' && nodes.length > 1) {
    throw new TypeError('names several hosts, which requires redis+sentinel:// or redis+cluster://');
  }
  const parameters = parametersOf(query, PARAMETERS[mode]);
  const db = databaseOf(mode === 'standalone' ? path : '', parameters.get('db'));
  if (mode === 'cluster' && (db > 0 || !/^0?$/.test(path)))
    throw new TypeError('names a database, but a Cluster has none');
  const sentinelAuth = sentinelAuthOf(parameters);
  return {
    mode,
    nodes,
    ...(mode === 'sentinel' && { primary: primaryOf(path) }),
    auth: {
      ...(credentials !== undefined && credentialsOf(credentials)),
      ...(db > 0 && { db }),
      ...(tls && { tls: {} }),
    },
    ...(sentinelAuth && { sentinelAuth }),
  };
}

function nodeOf(text: string, defaultPort: number): { host: string; port: number } {
  const [, bracketed, name, port] = /^(?:\[([^\]]*)\]|([^:[\]%]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name;
  if (host === undefined || host === '' || (bracketed !== undefined && !isIPv6(bracketed))) {
    throw new TypeError('names a host that cannot be read: it is empty, or an IPv6 address without brackets');
  }
  const number = port === undefined ? defaultPort : Number(port);
  if (number < 1 || number > MAX_PORT) throw new TypeError(`names a port outside of 1 to ${MAX_PORT}`);
  return { host, port: number };
}

function credentialsOf(text: string): Credentials {
  const [username = '', password, ...rest] = text.split(':');
  if (rest.length > 0) throw new TypeError('has a colon in user or password; write it as %3A');
  if (password === undefined)
    throw new TypeError('names a user without a password; write <user>:<password>@ or :<password>@');
  if (password === '') throw new TypeError('has an empty password');
  return { ...(username && { username: decoded(username) }), password: decoded(password) };
}

function sentinelAuthOf(parameters: ReadonlyMap<string, string>): Credentials | undefined {
  const username = parameters.get('sentinelUsername');
  const password = parameters.get('sentinelPassword');
  if (password === undefined) {
    if (username !== undefined) throw new TypeError('has sentinelUsername without sentinelPassword');
    return undefined;
  }
  if (username && !password) throw new TypeError('has a sentinelUsername but an empty sentinelPassword');
  return { ...(username && { username }), ...(password && { password }) };
}

function primaryOf(path: string): string {
  if (path === '') throw new TypeError('must name the primary after the Sentinels, such as /mymaster');
  if (path.includes('/'))
    throw new TypeError('has more than the primary after the Sentinels; name a database with ?db=');
  return decoded(path);
}

function databaseOf(path: string, parameter: string | undefined): number {
  if (path !== '' && parameter !== undefined) throw new TypeError('names a database twice');
  const text = parameter ?? (path || '0');
  if (!/^\d{1,9}$/.test(text)) throw new TypeError('names a database that is not a number: use one such as /0');
  return Number(text);
}

function parametersOf(query: string, known: readonly string[]): Map<string, string> {
  const pairs = query.split('&').flatMap((pair): [string, string][] => {
    const [name = '', ...value] = pair.split('=');
    return pair === '' ? [] : [[decoded(name), decoded(value.join('='))]];
  });
  const unknown = pairs.map(([name]) => name).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(`has unknown parameters: ${unknown.join(', ')} (known: ${known.join(', ')})`);
  }
  const parameters = new Map(pairs);
  if (parameters.size < pairs.length) throw new TypeError('has a parameter twice');
  return parameters;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('has a % that begins no percent-encoding; write it as %25');
  }
}

/** Redis address for people, without the password. */
export function placeOf({ mode, nodes }: RedisTarget): string {
  const all = nodes.map(addressOf).join(', ');
  return mode === 'sentinel' ? `the Sentinels ${all}` : all;
}

export const addressOf = ({ host, port }: RedisTarget['nodes'][number]): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
