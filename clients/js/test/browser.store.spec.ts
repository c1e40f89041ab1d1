import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BrowserStore } from '@postrider/client';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';

/** Web Locks as far as they are used: exclusive, in turn, given up by a signal. */
class FakeLocks {
  private readonly tails = new Map<string, Promise<unknown>>();

  request(name: string, { signal }: { signal?: AbortSignal }, held: () => Promise<void>): Promise<void> {
    const before = this.tails.get(name) ?? Promise.resolve();
    const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    let begun = false;
    const turn = before.then(() => {
      begun = true;
      return held();
    });
    this.tails.set(name, Promise.race([turn, aborted.catch(() => (begun ? turn : before))]));
    return Promise.race([
      turn,
      aborted.catch((error: unknown) => (begun ? turn : Promise.reject(error))),
    ]) as Promise<void>;
  }
}

class FakeSessionStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.items.set(key, value);
}

const given = ['indexedDB', 'IDBKeyRange', 'navigator', 'sessionStorage'] as const;
const define = (name: (typeof given)[number], value: unknown): void =>
  void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

beforeEach(() => {
  define('indexedDB', new IDBFactory());
  define('IDBKeyRange', IDBKeyRange);
  define('navigator', { locks: new FakeLocks() });
  define('sessionStorage', new FakeSessionStorage());
});

afterEach(() => {
  for (const name of given) Reflect.deleteProperty(globalThis, name);
});

describe('BrowserStore', () => {
  it('shares handled ids between tabs, by user, oldest first', async () => {
    const one = new BrowserStore('shop', true);
    expect(await one.seen('ann', 10)).toEqual([]);
    await one.add('ann', ['a']);
    await one.add('ann', ['b', 'c']);
    await one.add('bob', ['d']);
    const other = new BrowserStore('shop', true);
    expect(await other.seen('ann', 10)).toEqual(['a', 'b', 'c']);
    expect(await other.seen('ann', 2)).toEqual(['b', 'c']);
    expect(await other.seen('ann', 10)).toEqual(['b', 'c']);
    expect(await new BrowserStore('other', true).seen('ann', 10)).toEqual([]);
  });

  it('keeps them apart where every tab handles everything', async () => {
    await new BrowserStore('shop', false).add('ann', ['a']);
    expect(await new BrowserStore('shop', false).seen('ann', 10)).toEqual(['a']);
    define('sessionStorage', new FakeSessionStorage());
    const other = new BrowserStore('shop', false);
    expect(await other.seen('ann', 10)).toEqual([]);
    expect(other.claim).toBeUndefined();
  });

  it('lets one tab at a time handle a notification, the next if that one fails, nobody once it is handled', async () => {
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

  it('holds a new session however long the browser takes to lock it', async () => {
    let go = (): void => undefined;
    void navigator.locks.request('postrider session s1', {}, () => new Promise<void>((resolve) => (go = resolve)));
    const kept = new BrowserStore('shop', true).keep('s1');
    expect(await new BrowserStore('shop', true).session()).toBeUndefined();
    go();
    await kept;
    expect(await new BrowserStore('shop', true).session()).toBeUndefined();
  });

  it('resumes the session of its tab, but not one that another tab holds', async () => {
    const store = new BrowserStore('shop', true);
    expect(await store.session()).toBeUndefined();
    await store.keep('s1');
    const duplicated = new BrowserStore('shop', true);
    expect(await duplicated.session()).toBeUndefined();
    store.close();
    expect(await duplicated.session()).toBe('s1');
    await duplicated.keep(undefined);
    expect(await new BrowserStore('shop', true).session()).toBeUndefined();
  });

  it('begins afresh where there are no locks', async () => {
    define('navigator', {});
    const store = new BrowserStore('shop', true);
    await store.keep('s1');
    expect(store.claim).toBeUndefined();
    expect(await new BrowserStore('shop', true).session()).toBeUndefined();
  });

  it('fails where storage is forbidden', async () => {
    define('indexedDB', {
      open: () => {
        throw new Error('denied');
      },
    });
    await expect(new BrowserStore('shop', true).seen('ann', 1)).rejects.toThrow('denied');
  });
});
