import { randomKey } from './outbox.js';
import type { Store } from './store.js';

interface Row {
  scope: string;
  id: string;
  at: number;
}

/** Longer than the server keeps anything by default. */
const KEEP_MS = 8 * 24 * 3_600_000;
/** A page that is loaded anew finds the session still locked by the one before it, for a moment. */
const RELOAD_MS = 300;

/**
 * Session in `sessionStorage`, handled ids in IndexedDB. Tabs that share are one application: a Web Lock for each
 * notification makes sure that one of them handles it, and that another does if that one dies or fails. Without Web Locks
 * (pages that are not secure) sessions end with their page, and two tabs may handle the same notification.
 */
export class BrowserStore implements Store {
  readonly claim: Store['claim'];
  private opened: Promise<IDBDatabase> | undefined;
  private release: (() => void) | undefined;
  private readonly scopeOf: (user: string) => string;
  private readonly locks: LockManager | undefined = globalThis.navigator?.locks;
  private closing = new AbortController();

  /**
   * @param name what distinguishes this client from others of the same origin.
   * @param shared whether all tabs are one application.
   */
  constructor(
    private readonly name: string,
    shared: boolean,
  ) {
    if (shared && this.locks) this.claim = (user, id) => this.claimed(user, id);
    this.scopeOf = shared ? (user) => `${name} ${user}` : (user) => `${name} ${user} ${this.tab()}`;
  }

  async session(): Promise<string | undefined> {
    const session = this.read('session');
    return session !== undefined && (await this.hold(session, RELOAD_MS)) ? session : undefined;
  }

  async keep(session: string | undefined): Promise<void> {
    this.write('session', session);
    await (session === undefined ? this.release?.() : this.hold(session));
  }

  async seen(user: string, max: number): Promise<readonly string[]> {
    const scope = this.scopeOf(user);
    return this.transact('readwrite', async (rows) => {
      const all = await done<Row[]>(rows.getAll());
      const mine = all.filter((row) => row.scope === scope).sort((one, other) => one.at - other.at);
      const old = all.filter(({ at }) => at < Date.now() - KEEP_MS);
      for (const row of [...old, ...mine.slice(0, -max)]) rows.delete([row.scope, row.id]);
      return mine.slice(-max).map(({ id }) => id);
    });
  }

  add(user: string, ids: readonly string[]): Promise<void> {
    const scope = this.scopeOf(user);
    return this.transact('readwrite', (rows) => {
      for (const id of ids) rows.put({ scope, id, at: Date.now() } satisfies Row);
    });
  }

  close(): void {
    this.closing.abort();
    this.closing = new AbortController();
    this.release?.();
    void this.opened?.then((database) => database.close()).catch(() => undefined);
    this.opened = undefined;
  }

  private async claimed(user: string, id: string): Promise<(() => void) | undefined> {
    const scope = this.scopeOf(user);
    const release = await this.lock(`${scope} ${id}`, this.closing.signal);
    try {
      const row = await this.transact('readonly', (rows) => done<Row | undefined>(rows.get([scope, id])));
      if (!row) return release;
    } catch (error) {
      release();
      throw error;
    }
    release();
    return undefined;
  }

  /** A duplicated tab has a copy of the session's id; the session itself stays with the tab that holds its lock. */
  private async hold(session: string, waitMs?: number): Promise<boolean> {
    if (!this.locks) return false;
    this.release?.();
    try {
      const signal = waitMs === undefined ? undefined : AbortSignal.timeout(waitMs);
      this.release = await this.lock(`session ${session}`, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Resolves with what gives the lock back. */
  private lock(name: string, signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = (): Promise<void> => new Promise((release) => resolve(release));
      this.locks?.request(`postrider ${name}`, { ...(signal && { signal }) }, held).catch(reject);
    });
  }

  private tab(): string {
    let tab = this.read('tab');
    if (tab === undefined) this.write('tab', (tab = randomKey()));
    return tab;
  }

  private read(key: string): string | undefined {
    return globalThis.sessionStorage?.getItem(`postrider ${key} ${this.name}`) ?? undefined;
  }

  private write(key: string, value: string | undefined): void {
    const name = `postrider ${key} ${this.name}`;
    if (value === undefined) globalThis.sessionStorage?.removeItem(name);
    else globalThis.sessionStorage?.setItem(name, value);
  }

  private async transact<T>(mode: IDBTransactionMode, work: (rows: IDBObjectStore) => T | Promise<T>): Promise<T> {
    const database = await (this.opened ??= open());
    const transaction = database.transaction('seen', mode);
    const completed = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('The transaction was aborted.')),
      );
    });
    const [result] = await Promise.all([work(transaction.objectStore('seen')), completed]);
    return result;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('postrider', 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('seen', { keyPath: ['scope', 'id'] });
  };
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('The storage failed.')));
  });
}
