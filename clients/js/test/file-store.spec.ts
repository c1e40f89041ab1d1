import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '../src/file-store.js';

let dir: string;

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'postrider-store-')), 'state');
});

afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

const ids = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `id${from + n}`);

describe('FileStore', () => {
  it('knows nothing at first', async () => {
    const store = new FileStore(dir);
    expect(await store.session()).toBeUndefined();
    expect(await store.seen('ann', 10)).toEqual([]);
  });

  it('gives another process the ids, by user', async () => {
    const store = new FileStore(dir);
    await store.keep('s1');
    await store.add('ann', ids(1, 2));
    await store.add('bob', ids(3, 3));
    await store.add('ann', ids(4, 4));
    const other = new FileStore(dir);
    expect(await other.session()).toBe('s1');
    expect(await other.seen('ann', 10)).toEqual(['id1', 'id2', 'id4']);
    expect(await other.seen('ann', 2)).toEqual(['id2', 'id4']);
    expect(await other.seen('bob', 2)).toEqual(['id3']);
    await other.keep(undefined);
    expect(await store.session()).toBeUndefined();
  });

  it('ignores a line that a crash cut off', async () => {
    const store = new FileStore(dir);
    await store.add('ann', ids(1, 2));
    await appendFile(join(dir, 'seen'), '{"user":"ann","ids":["id3"');
    const other = new FileStore(dir);
    expect(await other.seen('ann', 10)).toEqual(['id1', 'id2']);
    await other.add('ann', ids(4, 4));
    expect(await new FileStore(dir).seen('ann', 10)).toEqual(['id1', 'id2', 'id4']);
  });

  it('stays small', async () => {
    const store = new FileStore(dir, { keep: 10 });
    for (let n = 1; n <= 1_000; n += 5) await store.add('ann', ids(n, n + 4));
    expect((await readFile(join(dir, 'seen'), 'utf8')).length).toBeLessThan(2_000);
    expect((await new FileStore(dir, { keep: 10 }).seen('ann', 100)).slice(-10)).toEqual(ids(991, 1_000));
  });

  it('works after a close', async () => {
    const store = new FileStore(dir);
    await store.add('ann', ids(1, 1));
    store.close();
    await store.add('ann', ids(2, 2));
    expect(await new FileStore(dir).seen('ann', 10)).toEqual(ids(1, 2));
  });

  it('fails if the folder cannot be used', async () => {
    await writeFile(dir, 'a file');
    await expect(new FileStore(dir).add('ann', ids(1, 1))).rejects.toThrow('state');
  });
});
