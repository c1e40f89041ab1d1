import { bounded } from './bounded.js';

/** Record of a handled notification. */
export interface Row {
  scope: string;
  id: string;
  /** Time of handling (ms since 1970); grows within a scope. */
  at: number;
}

const deaf = (): Error => new Error('IndexedDB does not answer');
const ANSWER_MS = 3_000;
/** Rows per read. More would make a page stutter. */
const PIECE = 1_000;

/**
 * Table of handled ids in IndexedDB. It may be closed, deleted or cleared at any time; the next
 * call opens it again. A database that does not answer is left alone until it does.
 */
export class Database {
  #opened: Promise<IDBDatabase> | undefined;
  #isDeaf = false;
  #isAsked = false;

  /**
   * Runs a transaction; if it fails, once more on a new connection.
   * @returns the result of the request, once the transaction is complete.
   */
  async transact<T>(mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest<T> | void): Promise<T> {
    if (this.#isDeaf) {
      void this.#listen();
      throw deaf();
    }
    const attempts = this.#attempt(mode, work).catch(() => {
      this.close();
      return this.#attempt(mode, work);
    });
    try {
      return await bounded(attempts, ANSWER_MS, () => {
        this.#isDeaf = true;
        return deaf();
      });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Reads the rows of a range in the order of their keys, piece by piece. */
  async *read(from: IDBValidKey, to: IDBValidKey): AsyncGenerator<Row[]> {
    let last = from;
    for (;;) {
      const range = IDBKeyRange.bound(last, to, true);
      const rows = await this.transact<Row[]>('readonly', (table) => table.getAll(range, PIECE));
      yield rows;
      const row = rows[PIECE - 1];
      if (!row) return;
      last = [row.scope, row.id];
    }
  }

  async delete(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    await this.transact('readwrite', (table) => {
      for (const { scope, id } of rows) table.delete([scope, id]);
    });
  }

  close(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.then((database) => database.close()).catch(() => undefined);
  }

  async #attempt<T>(mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest<T> | void): Promise<T> {
    this.#opened ??= this.#open();
    const database = await this.#opened;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction('seen', mode);
      const request = work(transaction.objectStore('seen'));
      transaction.addEventListener('complete', () => resolve(request?.result as T));
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')));
    });
  }

  #open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open('postrider', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('seen', { keyPath: ['scope', 'id'] });
      request.addEventListener('success', () => {
        const { result } = request;
        // Deleting or clearing the database must not wait for this page.
        for (const event of ['versionchange', 'close']) result.addEventListener(event, () => this.close());
        resolve(result);
      });
      request.addEventListener('error', () => reject(request.error ?? new Error('no storage')));
    });
  }

  /** Checks in the background whether the database answers again. */
  async #listen(): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    try {
      const count = this.#attempt('readonly', (table) => table.count(['']));
      await bounded(count, ANSWER_MS, deaf);
      this.#isDeaf = false;
    } catch {
      this.close();
    }
    this.#isAsked = false;
  }
}
