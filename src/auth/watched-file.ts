import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Logger } from '@nestjs/common';

const MAX_BYTES = 1_048_576;

/**
 * File that is read at boot and again after each change, so that secrets rotate without a restart.
 * It is read as a whole or not at all: if it is invalid, the previous contents stay and a fault is
 * reported until it is fixed.
 *
 * Changes are detected by polling its time and size. A watch would be faster, but it misses files
 * behind a switched symbolic link, as in Kubernetes, and files on network file systems.
 */
export class WatchedFile<T> {
  /** Fault of the current file; never repeats its contents. */
  fault?: string | undefined;
  private current: T;
  private version: string;
  private timer?: NodeJS.Timeout;
  private isLooking = false;
  private readonly followers: ((value: T) => void)[] = [];
  private readonly logger = new Logger(WatchedFile.name);

  /**
   * @param name setting that names the file.
   * @throws Error if the file cannot be read: a process must not start with half of its keys.
   */
  constructor(
    private readonly name: string,
    private readonly path: string,
    private readonly parse: (text: string) => T,
  ) {
    try {
      this.version = versionOf(statSync(path));
      this.current = parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new Error(`${name}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Calls the listener with the contents, now and after each change. */
  follow(listener: (value: T) => void): void {
    this.followers.push(listener);
    listener(this.current);
  }

  watch(everyMs: number): void {
    this.timer = setInterval(() => {
      // One check at a time, so that a slow read never overwrites a newer one.
      if (this.isLooking) return;
      this.isLooking = true;
      void this.look().finally(() => (this.isLooking = false));
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      const stats = await stat(this.path);
      const version = versionOf(stats);
      if (version === this.version && this.fault === undefined) return;
      // Taken before the read, so that a write in the meantime counts as another change.
      this.version = version;
      if (stats.size > MAX_BYTES) throw new Error(`is larger than ${MAX_BYTES} bytes`);
      this.current = this.parse(await readFile(this.path, 'utf8'));
      this.fault = undefined;
      this.logger.log({ msg: 'Reloaded a file', setting: this.name });
    } catch (error) {
      return this.report(reasonOf(error));
    }
    for (const listener of this.followers) listener(this.current);
  }

  private report(fault: string): void {
    if (fault === this.fault) return;
    this.fault = fault;
    this.logger.error({
      msg: 'A file cannot be read; keeping its previous contents',
      setting: this.name,
      error: fault,
    });
  }
}

const versionOf = ({ mtimeMs, size, ino }: Stats): string => `${mtimeMs} ${size} ${ino}`;

/**
 * Errors of the file system name the path, which is not secret; `parse` throws only loggable
 * messages.
 */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
