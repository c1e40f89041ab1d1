/** State of a primary according to `INFO`. */
export interface RedisPrimary {
  /** Version, for Valkey its own; undefined if it is not reported. */
  readonly version?: string;
  readonly isPrimary: boolean;
  /** Memory that counts against the limit. */
  readonly usedBytes: number;
  /** 0 if there is no limit. */
  readonly maxBytes: number;
  readonly evictionPolicy: string;
  /** True if it writes an append-only file. */
  readonly aof: boolean;
  /** False if its last write to that file failed, which makes it refuse all writes. */
  readonly canPersist: boolean;
  /** Id of its replication history. A promoted replica begins a new one. */
  readonly history: string;
  /**
   * History that it followed before its promotion; empty if it was not promoted or has restarted
   * since.
   */
  readonly formerHistory: string;
  /** Length of this history in bytes. */
  readonly offset: number;
  /** Bytes acknowledged by each replica that follows. */
  readonly replicaOffsets: readonly number[];
  /** True if it refuses writes when too few replicas follow. */
  readonly needsReplicas: boolean;
}

/** Sections of `INFO` that `primaryOf` reads. */
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

/** Lines of `INFO` by name. */
export function fieldsOf(info: string): Map<string, string> {
  return new Map(
    info.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
    }),
  );
}

const numberOf = (fields: ReadonlyMap<string, string>, name: string): number => Number(fields.get(name) ?? 0);
