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

  /**
   * Remembers for one client.
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
    return session !== undefined && (await this.hold(session, { signal: AbortSignal.timeout(RELOAD_MS) }))
      ? session
      : undefined;
  }

  async keep(session: string | undefined): Promise<void> {
    this.write('session', session);
    await (session === undefined ? this.release?.() : this.hold(session));
  }

  async seen(user: string, max: number): Promise<readonly string[]> {
    const scope = this.scopeOf(user);
    const all = await this.transact<Row[]>('readonly', (rows) => rows.getAll());
    const mine = all.filter((row) => row.scope === scope).sort((one, other) => one.at - other.at);
    const old = all.filter(({ at }) => at < Date.now() - KEEP_MS);
    await this.transact('readwrite', (rows) => {
      for (const row of [...old, ...mine.slice(0, -max)]) rows.delete([row.scope, row.id]);
    });
    return mine.slice(-max).map(({ id }) => id);
  }

  add(user: string, ids: readonly string[]): Promise<void> {
    const scope = this.scopeOf(user);
    return this.transact('readwrite', (rows) => {
      for (const id of ids) rows.put({ scope, id, at: Date.now() } satisfies Row);
    });
  }

  close(): void {
    this.release?.();
  }

  private async claimed(user: string, id: string): Promise<(() => void) | undefined> {
    const scope = this.scopeOf(user);
    const release = await this.lock(`${scope} ${id}`);
    try {
      if (!(await this.transact('readonly', (rows) => rows.get([scope, id])))) return release;
    } catch (error) {
      release();
      throw error;
    }
    release();
    return undefined;
  }

  /** A duplicated tab has a copy of the session's id; the session itself stays with the tab that holds its lock. */
  private async hold(session: string, options?: LockOptions): Promise<boolean> {
    if (!this.locks) return false;
    this.release?.();
    try {
      this.release = await this.lock(`session ${session}`, options);
      return true;
    } catch {
      return false;
    }
  }

  /** Resolves with what gives the lock back. */
  private lock(name: string, options: LockOptions = {}): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = (): Promise<void> => new Promise((release) => resolve(release));
      this.locks?.request(`postrider ${name}`, options, held).catch(reject);
    });
  }

  private tab(): string {
    let tab = this.read('tab');
    if (tab === undefined) this.write('tab', (tab = randomKey()));
    return tab;
  }

  private read(key: string): string | undefined {
    return globalThis.sessionStorage?.getItem(`postrider ${key} ${this.name}`) || undefined;
  }

  private write(key: string, value = ''): void {
    globalThis.sessionStorage?.setItem(`postrider ${key} ${this.name}`, value);
  }

  /** @returns what was asked for, once the transaction is complete. */
  private async transact<T>(
    mode: IDBTransactionMode,
    work: (rows: IDBObjectStore) => IDBRequest<T> | void,
  ): Promise<T> {
    const database = await (this.opened ??= open());
    return new Promise((resolve, reject) => {
      const transaction = database.transaction('seen', mode);
      const request = work(transaction.objectStore('seen'));
      transaction.addEventListener('complete', () => resolve(request?.result as T));
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')));
    });
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('postrider', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('seen', { keyPath: ['scope', 'id'] });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('no storage')));
  });
}
