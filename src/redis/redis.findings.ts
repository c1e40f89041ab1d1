import type { Confirm } from '../config/config.schema.js';
import type { RedisNode } from './redis.node.js';

/** Something about Redis that its operator should know. */
export interface Finding {
  readonly text: string;
  /** Whether what is accepted could be lost, or nothing can be accepted: then the process is not ready. */
  readonly unsafe: boolean;
}

export interface Expectation {
  readonly production: boolean;
  readonly confirm: Confirm;
  readonly mode: 'standalone' | 'sentinel' | 'cluster';
}

const OLDEST_MAJOR = 7;

/** Older ones lack sharded pub/sub, `INFO` of several sections and what the scripts rely on. Valkey began with 7.2. */
export const isTooOld = ({ version }: RedisNode): boolean =>
  version !== undefined && Number.parseInt(version, 10) < OLDEST_MAJOR;

/** What is wrong with the primaries, each thing once; docs/operations.md has the table. */
export function findingsOf(nodes: readonly RedisNode[], { production, confirm, mode }: Expectation): Finding[] {
  const wanted = confirm.mode === 'replicated' ? confirm.replicas : 0;
  const evicts = ({ evictionPolicy }: RedisNode): boolean => evictionPolicy !== 'noeviction';
  const rules: readonly [isSo: (node: RedisNode) => boolean, text: string, unsafe: boolean][] = [
    [isTooOld, `Redis is older than ${OLDEST_MAJOR}.0`, true],
    [({ isPrimary }) => !isPrimary, 'Redis is a replica and takes no writes', true],
    [({ canPersist }) => !canPersist, 'Redis cannot write its append-only file and refuses all writes', true],
    [
      ({ replicaOffsets }) => replicaOffsets.length < wanted,
      `fewer than ${wanted} replicas follow, so that CONFIRM refuses all writes`,
      true,
    ],
    [evicts, 'maxmemory-policy is not noeviction: a full Redis would drop notifications', production],
    [({ aof }) => !aof, 'the append-only file is off: a restart of Redis loses what was accepted', false],
    [({ maxBytes }) => maxBytes === 0, 'maxmemory is not set: nothing is refused before Redis is full', false],
    [
      ({ needsReplicas }) => wanted > 0 && mode === 'sentinel' && !needsReplicas,
      'min-replicas-to-write is 0: a primary that is cut off goes on taking acknowledgements that will be lost',
      false,
    ],
  ];
  return rules.flatMap(([isSo, text, unsafe]) => (nodes.some(isSo) ? [{ text, unsafe }] : []));
}
