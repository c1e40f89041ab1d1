import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BrowserStore } from '@postrider/client/browser-store';
import { IDBObjectStore } from 'fake-indexeddb';
import { type FakeLocks, type FakeSessionStorage, closeBrowser, define, openBrowser } from './support/fake-browser.js';
import { type Row, addRows, allRows } from './support/seen-rows.js';

let locks: FakeLocks;
let storage: FakeSessionStorage;

beforeEach(() => {
  ({ locks, storage } = openBrowser());
});
afterEach(closeBrowser);

/** Runs the work of a tab with its own storage. */
async function within<T>(tab: FakeSessionStorage, work: () => Promise<T>): Promise<T> {
  define('sessionStorage', tab);
  try {
    return await work();
  } finally {
    define('sessionStorage', storage);
  }
}

describe('BrowserStore', () => {
  it('shares handled ids between tabs, by user, oldest first', async () => {
    const one = new BrowserStore('shop', true);
    expect(await one.seen('ann', 10)).toEqual([]);
    await one.add('ann', ['c']);
    await one.add('ann', ['b', 'a']);
    await one.add('bob', ['d']);
    const other = new BrowserStore('shop', true);
    expect(await other.seen('ann', 10)).toEqual(['c', 'b', 'a']);
    expect(await other.seen('ann', 2)).toEqual(['b', 'a']);
    expect(await other.seen('ann', 10)).toEqual(['b', 'a']);
    expect(await new BrowserStore('other', true).seen('ann', 10)).toEqual([]);
  });

  it('lets one tab at a time handle a notification until one succeeds', async () => {
    const [one, two, three] = [1, 2, 3].map(() => new BrowserStore('shop', true));
    const first = await one?.claim?.('ann', 'n1');
    const second = two?.claim?.('ann', 'n1');
    const third = three?.claim?.('ann', 'n1');
    first?.();
    const release = await second;
    expect(release).toBeDefined();
    await two?.add('ann', ['n1']);
    release?.();
    expect(await third).toBeUndefined();
    expect(await one?.claim?.('ann', 'n2')).toBeDefined();
  });

  it('gives the tabs behind a hung one a right of their own, one at a time', async () => {
    const [one, two, three] = [1, 2, 3].map(() => new BrowserStore('shop', true));
    await one?.claim?.('ann', 'n1');
    const release = await two?.claim?.('ann', 'n1', 1);
    expect(release).toBeDefined();
    const third = three?.claim?.('ann', 'n1', 1);
    await two?.add('ann', ['n1']);
    release?.();
    expect(await third).toBeUndefined();
  });

  it('knows what other tabs handled even without locks', async () => {
    define('navigator', {});
    const [one, two] = [new BrowserStore('shop', true), new BrowserStore('shop', true)];
    expect(await one.claim?.('ann', 'n1')).toBeDefined();
    await one.add('ann', ['n1']);
    expect(await two.claim?.('ann', 'n1')).toBeUndefined();
  });
});

describe('a tab', () => {
  it('resumes its session after a reload, but not while another page holds it', async () => {
    const store = new BrowserStore('shop', true);
    expect(await store.session()).toBeUndefined();
    store.keep('s1');
    const duplicated = storage.duplicate();
    expect(await within(duplicated, () => new BrowserStore('shop', true).session())).toBeUndefined();
    store.close();
    expect(await new BrowserStore('shop', true).session()).toBe('s1');
    expect(duplicated.items.get('postrider session shop')).toBe('');
  });

  it('resumes nothing after its session ended', async () => {
    const store = new BrowserStore('shop', true);
    await store.session();
    store.keep('s1');
    store.keep(undefined);
    store.close();
    expect(await new BrowserStore('shop', true).session()).toBeUndefined();
  });

  it('gives back a lock that is granted after a close', async () => {
    const first = new BrowserStore('shop', true);
    await first.session();
    first.keep('s1');
    const second = new BrowserStore('shop', true);
    const late = second.session();
    second.close();
    first.close();
    await late;
    expect(locks.held).toEqual([]);
    expect(await new BrowserStore('shop', true).session()).toBe('s1');
  });

  it("with seen: 'tab' knows what it handled itself, even after a reload", async () => {
    const store = new BrowserStore('shop', false);
    await store.add('ann', ['a']);
    expect(store.claim).toBeUndefined();
    store.close();
    expect(await new BrowserStore('shop', false).seen('ann', 10)).toEqual(['a']);
  });

  it("with seen: 'tab' has an identity of its own as a duplicate", async () => {
    const store = new BrowserStore('shop', false);
    await store.seen('ann', 10);
    const copy = storage.duplicate();
    await store.add('ann', ['a']);
    await within(copy, async () => {
      const duplicated = new BrowserStore('shop', false);
      expect(await duplicated.seen('ann', 10)).toEqual([]);
      await duplicated.add('ann', ['b']);
      expect(await duplicated.seen('ann', 10)).toEqual(['b']);
    });
    expect(await store.seen('ann', 10)).toEqual(['a']);
  });

  it('starts over without locks', async () => {
    define('navigator', {});
    const store = new BrowserStore('shop', true);
    await store.session();
    store.keep('s1');
    expect(await new BrowserStore('shop', true).session()).toBeUndefined();
  });
});

describe('the database', () => {
  it('may be deleted by the application at any time', async () => {
    const store = new BrowserStore('shop', true);
    await store.add('ann', ['a']);
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('postrider');
      request.addEventListener('success', resolve);
      request.addEventListener('blocked', () => reject(new Error('blocked')));
    });
    expect(await store.seen('ann', 10)).toEqual([]);
    await store.add('ann', ['b']);
    expect(await new BrowserStore('shop', true).seen('ann', 10)).toEqual(['b']);
  });

  it('is opened again after a failure to open', async () => {
    const open = indexedDB.open.bind(indexedDB);
    indexedDB.open = () => {
      indexedDB.open = open;
      throw new Error('not now');
    };
    const store = new BrowserStore('shop', true);
    await store.add('ann', ['a']);
    expect(await store.seen('ann', 10)).toEqual(['a']);
  });

  it('leaves it to the locks to keep tabs apart when it fails', async () => {
    indexedDB.open = () => {
      throw new Error('denied');
    };
    const [one, two] = [new BrowserStore('shop', true), new BrowserStore('shop', true)];
    const release = await one.claim?.('ann', 'n1');
    expect(release).toBeDefined();
    await expect(one.add('ann', ['n1'])).rejects.toThrow('denied');
    release?.();
    expect(await two.claim?.('ann', 'n1')).toBeUndefined();
    expect(await two.claim?.('ann', 'n2')).toBeDefined();
  });

  it('keeps about as many ids as requested, however long the page lives', async () => {
    const store = new BrowserStore('shop', true);
    await store.seen('ann', 20);
    for (let n = 0; n < 500; n += 1) await store.add('ann', [`n${n}`]);
    expect(await new BrowserStore('shop', true).seen('ann', 1_000)).toContain('n499');
    expect((await allRows()).length).toBeLessThanOrEqual(41);
  });

  it('keeps the newest ids if the clock goes back', async () => {
    const store = new BrowserStore('shop', true);
    await addRows([{ scope: 'shop ann', id: 'future', at: Date.now() + 1e9 }]);
    await store.seen('ann', 2);
    for (const id of ['c', 'b', 'a']) await store.add('ann', [id]);
    expect(await new BrowserStore('shop', true).seen('ann', 2)).toEqual(['b', 'a']);
  });

  it('reads its own rows, and deletes old ones', async () => {
    const old: Row[] = Array.from({ length: 2_500 }, (_, n) => ({ scope: 'shop ann gone', id: `n${n}`, at: 1 }));
    await addRows([...old, { scope: 'shop bob', id: 'b', at: Date.now() }]);
    const store = new BrowserStore('shop', true);
    await store.add('ann', ['a']);
    let read = 0;
    const { getAll } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.getAll = function counting(this: IDBObjectStore, ...given) {
      const request = getAll.apply(this, given);
      request.addEventListener('success', () => (read += request.result.length));
      return request;
    };
    expect(await store.seen('ann', 10)).toEqual(['a']);
    expect(read).toBe(1);
    IDBObjectStore.prototype.getAll = getAll;
    let ids: string[] = [];
    while (ids.length !== 3) ids = (await allRows()).map(({ id }) => id).toSorted();
    expect(ids).toEqual(['a', 'b', 'swept']);
  });
});
