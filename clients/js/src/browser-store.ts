import { Database, type Row } from './database.js';
import type { Store } from './store.js';
import { Tab, lock } from './tab.js';

const DAY_MS = 24 * 3_600_000;
/** Longer than the server keeps anything by default. */
const KEEP_MS = 8 * DAY_MS;
/** Pause between pieces of what is done in the background. */
const PAUSE_MS = 100;

/**
 * Session in `sessionStorage`, handled ids in IndexedDB. Tabs that share are one application: a Web Lock for each
 * notification makes sure that one of them handles it, and that another does if that one dies or fails. Without Web Locks
 * (pages that are not secure) sessions end with their page, and two tabs may handle the same notification.
 */
export class BrowserStore implements Store {
  readonly claim: Store['claim'];
  private readonly tab: Tab;
  private readonly database = new Database();
  /** Locks on what was handled and could not be written. */
  private readonly unwritten: (() => void)[] = [];
  private max = 1_000;
  private added = 0;
  private lastAt = 0;

  /**
   * Remembers for one client.
   * @param name what distinguishes this client from others of the same origin.
   * @param shared whether all tabs are one application.
   */
  constructor(
    private readonly name: string,
    private readonly shared: boolean,
  ) {
    this.tab = new Tab(name);
    if (shared) this.claim = (user, id, turn) => this.claimed(user, id, turn);
  }

  async session(): Promise<string | undefined> {
    await this.tab.id();
    return this.tab.read('session');
  }

  keep(session: string | undefined): void {
    this.tab.write('session', session);
  }

  async seen(user: string, max: number): Promise<readonly string[]> {
    this.max = max;
    const scope = await this.scopeOf(user);
    const rows: Row[] = [];
    for await (const piece of this.database.read([scope], [scope, []])) rows.push(...piece);
    rows.sort((one, other) => one.at - other.at);
    this.lastAt = Math.max(this.lastAt, rows.at(-1)?.at ?? 0);
    const old = rows.splice(0, rows.length - max);
    this.database.delete(old).catch(() => undefined);
    this.sweep().catch(() => undefined);
    return rows.map(({ id }) => id);
  }

  async add(user: string, ids: readonly string[]): Promise<void> {
    const scope = await this.scopeOf(user);
    try {
      await this.database.transact('readwrite', (rows) => {
        for (const id of ids) {
          // Clocks go back; the order stays.
          this.lastAt = Math.max(Date.now(), this.lastAt + 1);
          rows.put({ scope, id, at: this.lastAt } satisfies Row);
        }
      });
    } catch (error) {
      if (this.shared) for (const id of ids) await this.hold(`done ${scope} ${id}`);
      throw error;
    }
    this.added += ids.length;
    if (this.added < this.max) return;
    this.added = 0;
    this.seen(user, this.max).catch(() => undefined);
  }

  close(): void {
    this.tab.leave();
    this.database.close();
  }

  /** While somebody does not let go of a lock, those who wait have a lock of their own for each turn. */
  private async claimed(user: string, id: string, turn = 0): Promise<(() => void) | undefined> {
    const scope = await this.scopeOf(user);
    const release = await lock(turn > 0 ? `${scope} ${id} ${turn}` : `${scope} ${id}`);
    const letGo = (): void => release?.();
    if (!(await this.isHandled(scope, id))) return letGo;
    letGo();
    return undefined;
  }

  /** Looks for the row. Where the database cannot be read, a lock held by the tab that handled it answers. */
  private async isHandled(scope: string, id: string): Promise<boolean> {
    const [row, free] = await Promise.all([
      this.database.transact('readonly', (rows) => rows.get([scope, id])).catch(() => undefined),
      lock(`done ${scope} ${id}`, { mode: 'shared', ifAvailable: true }),
    ]);
    free?.();
    return !!row || (!free && !!navigator.locks);
  }

  private async hold(name: string): Promise<void> {
    const release = await lock(name);
    if (release && this.unwritten.push(release) > this.max) this.unwritten.shift()?.();
  }

  private async scopeOf(user: string): Promise<string> {
    return this.shared ? `${this.name} ${user}` : `${this.name} ${user} ${await this.tab.id()}`;
  }

  /** Once a day somebody deletes what nobody needs any more, tabs that are gone included. */
  private async sweep(): Promise<void> {
    const now = Date.now();
    const mark: Row = { scope: '', id: 'swept', at: now };
    const last = await this.database.transact<Row>('readonly', (rows) => rows.get(['', 'swept']));
    if (last && Math.abs(now - last.at) < DAY_MS) return;
    await this.database.transact('readwrite', (rows) => rows.put(mark));
    for await (const rows of this.database.read([''], [[]])) {
      await this.database.delete(rows.filter(({ at }) => at < now - KEEP_MS));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
