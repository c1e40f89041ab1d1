import { describe, expect, it } from '@jest/globals';
import { type Expectation, findingsOf, isTooOld } from './redis-findings.js';
import { primaryOf, type RedisPrimary } from './redis-primary.js';

const SAFE: RedisPrimary = {
  version: '7.0.15',
  isPrimary: true,
  usedBytes: 1,
  maxBytes: 100,
  evictionPolicy: 'noeviction',
  aof: true,
  canPersist: true,
  history: 'a',
  formerHistory: '',
  offset: 7,
  replicaOffsets: [7, 7],
  needsReplicas: true,
};
const PRODUCTION: Expectation = { production: true, confirm: { mode: 'replicated', replicas: 1 }, mode: 'sentinel' };

const found = (node: Partial<RedisPrimary>, given: Partial<Expectation> = {}): [string, boolean][] =>
  findingsOf([SAFE, { ...SAFE, ...node }], { ...PRODUCTION, ...given }).map(({ text, unsafe }) => [text, unsafe]);

describe('findings about Redis', () => {
  it('are empty if everything is fine', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[Partial<RedisPrimary>, string]>([
    [{ version: '6.2.14' }, 'older than 7.0'],
    [{ isPrimary: false }, 'is a replica'],
    [{ canPersist: false }, 'cannot write'],
    [{ replicaOffsets: [] }, 'fewer than 1 replicas'],
    [{ evictionPolicy: 'allkeys-lru' }, 'maxmemory-policy'],
  ])('are unsafe on any primary: %j', (node, text) => {
    expect(found(node)).toEqual([[expect.stringContaining(text), true]]);
  });

  it.each<[Partial<RedisPrimary>, Partial<Expectation>, string]>([
    [{ evictionPolicy: 'volatile-ttl' }, { production: false }, 'maxmemory-policy'],
    [{ aof: false }, {}, 'append-only file is off'],
    [{ maxBytes: 0 }, {}, 'maxmemory is not set'],
    [{ needsReplicas: false }, {}, 'min-replicas-to-write'],
  ])('are warnings: %j %j', (node, given, text) => {
    expect(found(node, given)).toEqual([[expect.stringContaining(text), false]]);
  });

  it('require replicas only with a replicated confirm', () => {
    expect(found({ replicaOffsets: [], needsReplicas: false }, { confirm: { mode: 'local' } })).toEqual([]);
    expect(found({ needsReplicas: false }, { mode: 'cluster' })).toEqual([]);
  });

  it.each([
    ['redis_version:7.0.0', false],
    ['redis_version:6.2.14', true],
    ['redis_version:10.1.0', false],
    ['redis_version:7.2.4\r\nvalkey_version:8.1.1', false],
    ['something_else:1', false],
  ])('%j is too old: %j', (info, tooOld) => {
    expect(isTooOld(primaryOf(info))).toBe(tooOld);
  });

  it('count only replicas that follow', () => {
    const info = [
      'slave0:ip=1,port=1,state=online,offset=17,lag=0',
      'slave1:ip=1,port=2,state=wait_bgsave',
      'slaves:1',
    ];
    expect(primaryOf(info.join('\r\n')).replicaOffsets).toEqual([17]);
  });
});
