import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from './store.js';

/** Settings of a `FileStore`. */
export interface FileStoreOptions {
  /** How many ids are kept when the file is compacted; at least the client's `seenMax`. Default 1 000. */
  keep?: number;
}

interface Line {
  user: string;
  ids: string[];
}

/**
 * Remembers in a folder, for programs: what they have handled survives their being killed. Ids are appended and synced
 * before they are acknowledged; the file is written anew when it holds several times what is kept. One client at a time may
 * use a folder.
 */
export class FileStore implements Store {
  private file: FileHandle | undefined;
  private lines: Line[] = [];
  private count = 0;
  private readonly keepMax: number;

  /**
   * Remembers in a folder.
   * @param folder made if need be.
   */
  constructor(
    private readonly folder: string,
    { keep = 1_000 }: FileStoreOptions = {},
  ) {
    this.keepMax = keep;
  }

  /** @returns the session that `keep` was given last. */
  async session(): Promise<string | undefined> {
    return (await readIfThere(join(this.folder, 'session'))) || undefined;
  }

  /** Writes the session beside the old one and puts it in its place, so that there is always a whole one. */
  async keep(session: string | undefined): Promise<void> {
    await this.replace('session', session ?? '');
  }

  /** Reads what is there; a last line that a crash cut off was never acknowledged and is ignored. */
  async seen(user: string, max: number): Promise<readonly string[]> {
    const text = await readIfThere(join(this.folder, 'seen'));
    this.lines = text.split('\n').flatMap(parse);
    await this.compact();
    const ids = this.lines.filter((line) => line.user === user).flatMap((line) => line.ids);
    return ids.slice(-max);
  }

  /** Appends and syncs. */
  async add(user: string, ids: readonly string[]): Promise<void> {
    const line = { user, ids: [...ids] };
    this.lines.push(line);
    this.count += ids.length;
    if (this.count > this.keepMax * 4) return this.compact();
    this.file ??= await this.append();
    await this.file.write(`${JSON.stringify(line)}\n`);
    await this.file.datasync();
    return undefined;
  }

  /** Closes the file. */
  close(): void {
    void this.file?.close().catch(() => undefined);
    this.file = undefined;
  }

  private async compact(): Promise<void> {
    const kept: Line[] = [];
    let room = this.keepMax;
    for (let i = this.lines.length - 1; i >= 0 && room > 0; i--) {
      const { user = '', ids = [] } = this.lines[i] ?? {};
      kept.unshift({ user, ids: ids.slice(-room) });
      room -= ids.length;
    }
    this.lines = kept;
    this.count = this.keepMax - Math.max(0, room);
    const { file } = this;
    this.file = undefined;
    await file?.close();
    await this.replace('seen', kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  private async replace(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, name);
    await writeFile(`${path}.new`, text, { flush: true });
    await rename(`${path}.new`, path);
  }

  private async append(): Promise<FileHandle> {
    await mkdir(this.folder, { recursive: true });
    return open(join(this.folder, 'seen'), 'a');
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
