import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from './store.js';

/** Options of a `FileStore`. */
export interface FileStoreOptions {
  /**
   * Number of ids to keep when the file is compacted. At least the client's `seenMax`. Default
   * 1,000.
   */
  keep?: number;
}

interface Line {
  user: string;
  ids: string[];
}

/**
 * Store in a folder, for programs: handled ids survive a crash. They are appended and synced before
 * they are acknowledged. The file is compacted once it holds several times `keep` ids. Only one
 * client at a time may use a folder.
 */
export class FileStore implements Store {
  readonly #folder: string;
  #file: FileHandle | undefined;
  #lines: Line[] = [];
  #count = 0;
  readonly #keepMax: number;
  /**
   * Creates the store of one client.
   * @param folder path; it is created if it does not exist.
   */
  constructor(folder: string, { keep = 1_000 }: FileStoreOptions = {}) {
    this.#folder = folder;
    this.#keepMax = keep;
  }

  /** Returns the last stored session. */
  async session(): Promise<string | undefined> {
    return (await readIfThere(join(this.#folder, 'session'))) || undefined;
  }

  /** Replaces the session atomically. */
  async keep(session: string | undefined): Promise<void> {
    await this.#replace('session', session ?? '');
  }

  /** Reads the ids. A last line that a crash cut off was never acknowledged and is ignored. */
  async seen(user: string, max: number): Promise<readonly string[]> {
    const text = await readIfThere(join(this.#folder, 'seen'));
    this.#lines = text.split('\n').flatMap(parse);
    await this.#compact();
    const ids = this.#lines.filter((line) => line.user === user).flatMap((line) => line.ids);
    return ids.slice(-max);
  }

  /** Appends ids and syncs the file. */
  async add(user: string, ids: readonly string[]): Promise<void> {
    const line = { user, ids: [...ids] };
    this.#lines.push(line);
    this.#count += ids.length;
    if (this.#count > this.#keepMax * 4) return this.#compact();
    this.#file ??= await this.#append();
    await this.#file.write(`${JSON.stringify(line)}\n`);
    await this.#file.datasync();
    return undefined;
  }

  /** Closes the file. */
  close(): void {
    void this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  async #compact(): Promise<void> {
    const kept: Line[] = [];
    let room = this.#keepMax;
    for (let i = this.#lines.length - 1; i >= 0 && room > 0; i--) {
      const { user = '', ids = [] } = this.#lines[i] ?? {};
      kept.unshift({ user, ids: ids.slice(-room) });
      room -= ids.length;
    }
    this.#lines = kept;
    this.#count = this.#keepMax - Math.max(0, room);
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
    await this.#replace('seen', kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  async #replace(name: string, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, name);
    await writeFile(`${path}.new`, text, { flush: true });
    await rename(`${path}.new`, path);
  }

  async #append(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true });
    return open(join(this.#folder, 'seen'), 'a');
  }
}

function parse(text: string): Line[] {
  try {
    const { user, ids } = JSON.parse(text) as Partial<Line>;
    return typeof user === 'string' && Array.isArray(ids) ? [{ user, ids }] : [];
  } catch {
    return [];
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
