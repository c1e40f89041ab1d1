/** What a primary tells of itself in `INFO`. */
export interface RedisPrimary {
  /** Of Valkey its own version; undefined where none is told. */
  readonly version?: string;
  readonly isPrimary: boolean;
  /** Memory that counts against the limit. */
  readonly usedBytes: number;
  /** 0 where there is no limit. */
  readonly maxBytes: number;
  readonly evictionPolicy: string;
  /** Whether it writes an append-only file. */
  readonly aof: boolean;
  /** Whether it could write that file the last time: while it cannot, it refuses all writes. */
  readonly canPersist: boolean;
  /** Names the history of its writes; a replica that is promoted begins one of its own. */
  readonly history: string;
  /** The history that it followed before it was promoted; empty where it was not, or has restarted since. */
  readonly formerHistory: string;
  /** Bytes that this history has. */
  readonly offset: number;
  /** How much of it each replica that follows has acknowledged. */
  readonly replicaOffsets: readonly number[];
  /** Whether it refuses writes when too few replicas follow. */
  readonly needsReplicas: boolean;
}

/** The sections of `INFO` that `primaryOf` reads. */
export const PRIMARY_SECTIONS = ['server', 'memory', 'persistence', 'replication'] as const;

export function primaryOf(info: string): RedisPrimary {
  const fields = fieldsOf(info);
  const version = fields.get('valkey_version') ?? fields.get('redis_version');
  return {
    ...(version !== undefined && { version }),
    isPrimary: fields.get('role') === 'master',
    usedBytes: numberOf(fields, 'used_memory') - numberOf(fields, 'mem_not_counted_for_evict'),
    maxBytes: numberOf(fields, 'maxmemory'),
    evictionPolicy: fields.get('maxmemory_policy') ?? '',
    aof: fields.get('aof_enabled') === '1',
    canPersist: fields.get('aof_last_write_status') !== 'err',
    history: fields.get('master_replid') ?? '',
    formerHistory: (fields.get('master_replid2') ?? '').replace(/^0+$/, ''),
    offset: numberOf(fields, 'master_repl_offset'),
    replicaOffsets: [...fields].flatMap(([name, value]) =>
      /^slave\d+$/.test(name) && value.includes('state=online') ? [Number(/offset=(\d+)/.exec(value)?.[1] ?? 0)] : [],
    ),
    needsReplicas: fields.has('min_slaves_good_slaves'),
  };
}

/** The lines of `INFO` by name. */
export function fieldsOf(info: string): Map<string, string> {
  return new Map(
    info.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
    }),
  );
}

const numberOf = (fields: ReadonlyMap<string, string>, name: string): number => Number(fields.get(name) ?? 0);
