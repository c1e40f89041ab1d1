import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PARTITIONS, partitionOf, partitionPrefix } from './partition.js';
import { parseRedisUrl } from './redis.url.js';

describe('REDIS_URL', () => {
  it.each([
    ['redis://localhost', { mode: 'standalone', nodes: [{ host: 'localhost', port: 6379 }], auth: {} }],
    ['redis://localhost:7000/3', { mode: 'standalone', nodes: [{ host: 'localhost', port: 7000 }], auth: { db: 3 } }],
    ['redis://[::1]:7000', { mode: 'standalone', nodes: [{ host: '::1', port: 7000 }], auth: {} }],
    ['rediss://localhost', { mode: 'standalone', nodes: [{ host: 'localhost', port: 6379 }], auth: { tls: {} } }],
    [
      'redis+sentinel://a:1,b/main?db=2',
      {
        mode: 'sentinel',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26_379 },
        ],
        primary: 'main',
        auth: { db: 2 },
      },
    ],
    [
      'redis+cluster://a:1,b:2',
      {
        mode: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        auth: {},
      },
    ],
  ])('%s', (url, target) => expect(parseRedisUrl(url)).toEqual(target));

  it('keeps any user and password that is escaped', () => {
    const word = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(word, word, (username, password) => {
        const url = `redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@localhost`;
        expect(parseRedisUrl(url).auth).toEqual({ username, password });
      }),
    );
  });

  it('takes a password without a user', () => {
    expect(parseRedisUrl('redis://:secret@localhost').auth).toEqual({ password: 'secret' });
  });

  it.each(['', 'localhost', 'http://localhost', 'redis://', 'redis+sentinel://a:1', 'redis://a:b:c'])(
    'refuses %j without repeating it',
    (url) => {
      const read = (): unknown => parseRedisUrl(url);
      expect(read).toThrow(TypeError);
      if (url.length > 9) expect(read).not.toThrow(url);
    },
  );
});

describe('partitions', () => {
  it('are numbered from 0 and always the same for a name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const partition = partitionOf(name);
        expect(partition).toBe(partitionOf(name));
        expect(partition >= 0 && partition < PARTITIONS).toBe(true);
      }),
    );
  });

  it('do not move: stored keys depend on them', () => {
    expect(['main:user:ada', 'main:public.news', 'main:all'].map(partitionOf)).toEqual([21, 26, 29]);
    expect(partitionPrefix('pr', 7)).toBe('pr:{7}:');
  });
});
