import { Database, type Row } from './database.js';
import type { Store } from './store.js';
import { Tab, lock } from './tab.js';

const DAY_MS = 24 * 3_600_000;
/** Longer than the server keeps a notification by default. */
const KEEP_MS = 8 * DAY_MS;
/** Pause between steps of background work. */
const PAUSE_MS = 100;

/**
 * Store in a browser: the session in `sessionStorage`, handled ids in IndexedDB. Tabs that share
 * the store are one application: a Web Lock per notification lets one of them handle it, or another
 * one if that tab dies or fails. Without Web Locks (insecure pages), sessions end with their page,
 * and two tabs may handle the same notification.
 */
export class BrowserStore implements Store {
  readonly claim: Store['claim'];
  readonly #name: string;
  readonly #shared: boolean;
  readonly #tab: Tab;
  readonly #database = new Database();
  /** Locks on handled notifications that could not be written. */
  readonly #unwritten: (() => void)[] = [];
  #max = 1_000;
  #added = 0;
  #lastAt = 0;

  /**
   * Creates the store of one client.
   * @param name distinguishes this client from others of the same origin.
   * @param shared true if all tabs are one application.
   */
  constructor(name: string, shared: boolean) {
    this.#name = name;
    this.#shared = shared;
    this.#tab = new Tab(name);
    if (shared) this.claim = (user, id, turn) => this.#claimed(user, id, turn);
  }

  async session(): Promise<string | undefined> {
    await this.#tab.id();
    return this.#tab.read('session');
  }

  keep(session: string | undefined): void {
    this.#tab.write('session', session);
  }

  async seen(user: string, max: number): Promise<readonly string[]> {
    this.#max = max;
    const scope = await this.#scopeOf(user);
    const rows: Row[] = [];
    for await (const piece of this.#database.read([scope], [scope, []])) rows.push(...piece);
    rows.sort((one, other) => one.at - other.at);
    this.#lastAt = Math.max(this.#lastAt, rows.at(-1)?.at ?? 0);
    const old = rows.splice(0, rows.length - max);
    this.#database.delete(old).catch(() => undefined);
    this.#clean().catch(() => undefined);
    return rows.map(({ id }) => id);
  }

  async add(user: string, ids: readonly string[]): Promise<void> {
    const scope = await this.#scopeOf(user);
    try {
      await this.#database.transact('readwrite', (rows) => {
        for (const id of ids) {
          // The clock may go back; the order stays.
          this.#lastAt = Math.max(Date.now(), this.#lastAt + 1);
          rows.put({ scope, id, at: this.#lastAt } satisfies Row);
        }
      });
    } catch (error) {
      if (this.#shared) for (const id of ids) await this.#hold(`done ${scope} ${id}`);
      throw error;
    }
    this.#added += ids.length;
    if (this.#added < this.#max) return;
    this.#added = 0;
    this.seen(user, this.#max).catch(() => undefined);
  }

  close(): void {
    this.#tab.leave();
    this.#database.close();
  }

  /**
   * Each turn has its own lock, so that other tabs can go on while a hung tab holds the previous
   * one.
   */
  async #claimed(user: string, id: string, turn = 0): Promise<(() => void) | undefined> {
    const scope = await this.#scopeOf(user);
    const release = await lock(turn > 0 ? `${scope} ${id} ${turn}` : `${scope} ${id}`);
    const letGo = (): void => release?.();
    if (!(await this.#isHandled(scope, id))) return letGo;
    letGo();
    return undefined;
  }

  /**
   * Looks for the row. If the database cannot be read, the lock that the handling tab still holds
   * gives the answer.
   */
  async #isHandled(scope: string, id: string): Promise<boolean> {
    const [row, free] = await Promise.all([
      this.#database.transact('readonly', (rows) => rows.get([scope, id])).catch(() => undefined),
      lock(`done ${scope} ${id}`, { mode: 'shared', ifAvailable: true }),
    ]);
    free?.();
    return !!row || (!free && !!navigator.locks);
  }

  async #hold(name: string): Promise<void> {
    const release = await lock(name);
    if (release && this.#unwritten.push(release) > this.#max) this.#unwritten.shift()?.();
  }

  async #scopeOf(user: string): Promise<string> {
    return this.#shared ? `${this.#name} ${user}` : `${this.#name} ${user} ${await this.#tab.id()}`;
  }

  /** Once a day, one page deletes old rows, those of closed tabs included. */
  async #clean(): Promise<void> {
    const now = Date.now();
    const cleaned: Row = { scope: '', id: 'swept', at: now };
    const last = await this.#database.transact<Row>('readonly', (rows) => rows.get(['', 'swept']));
    if (last && Math.abs(now - last.at) < DAY_MS) return;
    await this.#database.transact('readwrite', (rows) => rows.put(cleaned));
    for await (const rows of this.#database.read([''], [[]])) {
      await this.#database.delete(rows.filter(({ at }) => at < now - KEEP_MS));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
