/** Row of the client's table of handled ids. */
export interface Row {
  scope: string;
  id: string;
  at: number;
}

/** Opens the client's database, and creates it as a client would if it does not exist. */
export function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('postrider', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('seen', { keyPath: ['scope', 'id'] });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}

async function transact<T>(work: (rows: IDBObjectStore) => IDBRequest<T> | undefined): Promise<T | undefined> {
  const database = await openDatabase();
  const transaction = database.transaction('seen', 'readwrite');
  const request = work(transaction.objectStore('seen'));
  await new Promise((resolve) => transaction.addEventListener('complete', resolve));
  database.close();
  return request?.result;
}

export const allRows = async (): Promise<Row[]> => (await transact<Row[]>((rows) => rows.getAll())) ?? [];

export async function addRows(rows: readonly Row[]): Promise<void> {
  await transact((table) => void rows.forEach((row) => table.put(row)));
}
