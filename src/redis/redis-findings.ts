import type { Confirm } from '../config/redis.schema.js';
import type { RedisPrimary } from './redis-primary.js';

/** Kinds of findings, named as in the metrics. */
export const FINDING_KINDS = [
  'unreached',
  'refuses',
  'sentinels',
  'too_old',
  'replica',
  'cannot_persist',
  'too_few_replicas',
  'evicts',
  'no_append_only_file',
  'no_memory_limit',
  'no_minimum_of_replicas',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Problem of Redis that its operator should know. */
export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
  /**
   * True if accepted data could be lost or nothing can be accepted, so the process is not ready.
   */
  readonly unsafe: boolean;
}

export interface Expectation {
  readonly production: boolean;
  readonly confirm: Confirm;
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
}

const OLDEST_MAJOR = 7;

/**
 * Older versions lack sharded pub/sub, `INFO` of several sections, and features that the scripts
 * use. Valkey began with 7.2.
 */
export const isTooOld = ({ version }: RedisPrimary): boolean =>
  version !== undefined && Number.parseInt(version, 10) < OLDEST_MAJOR;

/** Problems of the primaries, each listed once; docs/operations.md has the table. */
export function findingsOf(nodes: readonly RedisPrimary[], { production, confirm, mode }: Expectation): Finding[] {
  const wanted = confirm.mode === 'replicated' ? confirm.replicas : 0;
  const evicts = ({ evictionPolicy }: RedisPrimary): boolean => evictionPolicy !== 'noeviction';
  const rules: readonly [kind: FindingKind, isSo: (node: RedisPrimary) => boolean, text: string, unsafe: boolean][] = [
    ['too_old', isTooOld, `Redis is older than ${OLDEST_MAJOR}.0`, true],
    ['replica', ({ isPrimary }) => !isPrimary, 'Redis is a replica and accepts no writes', true],
    [
      'cannot_persist',
      ({ canPersist }) => !canPersist,
      'Redis cannot write its append-only file and refuses all writes',
      true,
    ],
    [
      'too_few_replicas',
      ({ replicaOffsets }) => replicaOffsets.length < wanted,
      `fewer than ${wanted} replicas follow, so CONFIRM refuses all writes`,
      true,
    ],
    ['evicts', evicts, 'maxmemory-policy is not noeviction: a full Redis would drop notifications', production],
    [
      'no_append_only_file',
      ({ aof }) => !aof,
      'the append-only file is off: a restart of Redis loses accepted data',
      false,
    ],
    [
      'no_memory_limit',
      ({ maxBytes }) => maxBytes === 0,
      'maxmemory is not set: nothing is refused before Redis is full',
      false,
    ],
    [
      'no_minimum_of_replicas',
      ({ needsReplicas }) => wanted > 0 && mode === 'sentinel' && !needsReplicas,
      'min-replicas-to-write is 0: an isolated primary keeps accepting acknowledgments that will be lost',
      false,
    ],
  ];
  return rules.flatMap(([kind, isSo, text, unsafe]) => (nodes.some(isSo) ? [{ kind, text, unsafe }] : []));
}
