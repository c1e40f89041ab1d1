import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRedisUrl } from './redis-url.js';

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

  it('keeps any percent-encoded user and password', () => {
    const word = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(word, word, (username, password) => {
        const url = `redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@localhost`;
        expect(parseRedisUrl(url).auth).toEqual({ username, password });
      }),
    );
  });

  it('accepts a password without a user', () => {
    expect(parseRedisUrl('redis://:secret@localhost').auth).toEqual({ password: 'secret' });
  });

  it.each([
    ['redis://h?db=3', { db: 3 }],
    ['redis://h/', {}],
    ['redis://h/0', {}],
    ['redis+cluster://h/0', {}],
  ])('reads the database of %s', (url, auth) => expect(parseRedisUrl(url).auth).toEqual(auth));

  it('keeps the credentials of the Sentinels apart from those of Redis', () => {
    const of = (query: string): unknown => parseRedisUrl(`redis+sentinel://:one@h/main${query}`);
    expect(of('')).toMatchObject({ auth: { password: 'one' } });
    expect(of('')).not.toHaveProperty('sentinelAuth');
    const named = '?sentinelUsername=ann&sentinelPassword=a%2Bb+c';
    expect(of(named)).toMatchObject({ sentinelAuth: { username: 'ann', password: 'a+b+c' } });
    expect(of('?sentinelPassword=two')).toMatchObject({ sentinelAuth: { password: 'two' } });
    expect(of('?sentinelPassword=')).toMatchObject({ sentinelAuth: {} });
  });

  it.each([
    ['', /cannot be read/],
    ['localhost', /cannot be read/],
    ['http://localhost', /cannot be read/],
    ['redis://', /host/],
    ['redis://:6379', /host/],
    ['redis://h:', /host/],
    ['redis:///0', /host/],
    ['redis://::1', /host/],
    ['redis://[::1', /host/],
    ['redis://[no]', /host/],
    ['redis://h:0', /port/],
    ['redis://h:65536', /port/],
    ['redis://h:63790x', /host/],
    ['redis://h1,', /host/],
    ['redis://h1:1,h2:2', /several hosts/],
    ['redis://h/staging', /database that is not a number/],
    ['redis://h/1x', /database that is not a number/],
    ['redis://h/-1', /database that is not a number/],
    ['redis://h/1/', /database that is not a number/],
    ['redis://h/1?db=2', /twice/],
    ['redis://h?db=', /database that is not a number/],
    ['redis://h#1', /cannot be read/],
    ['redis://h/0 ', /cannot be read/],
    ['redis://h?db=1&db=2', /twice/],
    ['redis://h?database=1&tls=yes', /unknown parameters: database, tls \(known: db\)/],
    ['redis://h?sentinelPassword=a', /unknown parameters: sentinelPassword/],
    ['redis+cluster://h/1', /Cluster/],
    ['redis+cluster://h?db=1', /Cluster/],
    ['redis+cluster://h/main', /Cluster/],
    ['redis+sentinel://a:1', /must name the primary/],
    ['redis+sentinel://a:1/', /must name the primary/],
    ['redis+sentinel://a:1/main/2', /\?db=/],
    ['redis+sentinel://a:1/main?db=x', /not a number/],
    ['redis+sentinel://a:1/main?sentinelUsername=a', /without sentinelPassword/],
    ['redis+sentinel://a:1/main?sentinelUsername=a&sentinelPassword=', /empty sentinelPassword/],
    ['redis://secret@h', /user without a password/],
    ['redis://@h', /user without a password/],
    ['redis://ann:@h', /empty password/],
    ['redis://:@h', /empty password/],
    ['redis://ann:sec:ret@h', /colon/],
    ['redis://ann:sec%ret@h', /percent-encoding/],
    ['redis://ann:sec/ret@h', /./],
    ['redis://ann:sec?ret@h', /./],
    ['redis://ann:sec#ret@h', /./],
  ])('refuses %j with the reason, but without the password', (url, why) => {
    const read = (): unknown => parseRedisUrl(url);
    expect(read).toThrow(TypeError);
    expect(read).toThrow(why);
    expect(read).not.toThrow(/sec/);
  });

  it('throws nothing but TypeErrors, for any text', () => {
    const url = fc.stringMatching(/^rediss?(\+(sentinel|cluster))?:\/\/[a-z0-9@:/?#%&=,.[\] -]{0,30}$/);
    fc.assert(
      fc.property(url, (given) => {
        try {
          const { nodes } = parseRedisUrl(given);
          expect(nodes.every(({ host, port }) => host !== '' && port > 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });
});
