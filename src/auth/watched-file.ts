import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Logger } from '@nestjs/common';

const MAX_BYTES = 1_048_576;

/**
 * A file that is read at boot and again whenever it changes, so that secrets rotate without a restart. It is taken as a whole or
 * not at all: one that cannot be read leaves what there was, and is told as a fault until it is mended.
 *
 * It is looked at by its time and size. A watch would be sooner, but misses files that are swapped behind a symbolic link, as
 * Kubernetes does, and those of network file systems.
 */
export class WatchedFile<T> {
  /** What is wrong with the file as it is now; never repeats what is in it. */
  fault?: string | undefined;
  private current: T;
  private version: string;
  private timer?: NodeJS.Timeout;
  private isLooking = false;
  private readonly followers: ((value: T) => void)[] = [];
  private readonly logger = new Logger(WatchedFile.name);

  /**
   * @param name the setting that names the file.
   * @throws Error where it cannot be read: a process does not start with half of its keys.
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

  /** Calls with what the file has, now and after each change. */
  follow(listener: (value: T) => void): void {
    this.followers.push(listener);
    listener(this.current);
  }

  watch(everyMs: number): void {
    this.timer = setInterval(() => {
      // One after another: what is read late must not take the place of what is newer.
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
      // Before it is read: what is written meanwhile is another change.
      this.version = version;
      if (stats.size > MAX_BYTES) throw new Error(`is larger than ${MAX_BYTES} bytes`);
      this.current = this.parse(await readFile(this.path, 'utf8'));
      this.fault = undefined;
      this.logger.log({ msg: 'A file was read again', setting: this.name });
    } catch (error) {
      return this.report(reasonOf(error));
    }
    for (const listener of this.followers) listener(this.current);
  }

  private report(fault: string): void {
    if (fault === this.fault) return;
    this.fault = fault;
    this.logger.error({ msg: 'A file cannot be read; what was read before stays', setting: this.name, error: fault });
  }
}

const versionOf = ({ mtimeMs, size, ino }: Stats): string => `${mtimeMs} ${size} ${ino}`;

/** Errors of the file system name its path, which is no secret; `parse` throws what may be told. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
