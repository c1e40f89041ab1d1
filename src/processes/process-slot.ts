import { setTimeout as pause } from 'node:timers/promises';
import type { ServerProcess } from './server-process.js';

/** Bounds of the wait before the next try; it doubles with each process that ends early. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
/** Lifetime from which a process did not fail to start, so that the next one is started at once. */
const LIVED_MS = 60_000;

export interface SlotOptions {
  fork(): ServerProcess;
  /** How long a new process may take to become ready before it is given up. */
  readonly readyMs: number;
  /** How long a retiring process may take to exit before it is killed. */
  readonly endMs: number;
  /** Called when a process exited unexpectedly; the next one starts after `retryMs`. */
  crashed(process: ServerProcess, retryMs: number): void;
}

/** Slot of a process: successive processes in it have the same node id. */
export class ProcessSlot {
  private current?: ServerProcess;
  private failures = 0;
  private readonly closing = new AbortController();

  constructor(private readonly options: SlotOptions) {}

  /** @returns true if the first process has become ready. */
  async open(): Promise<boolean> {
    const first = this.options.fork();
    if (!(await first.started)) return false;
    this.keep(first);
    return true;
  }

  /** Starts no more processes in this slot. */
  close(): void {
    this.closing.abort();
  }

  /**
   * Starts a successor, and retires the predecessor once it is ready.
   * @returns false if it did not become ready; nothing has changed then.
   */
  async renew(): Promise<boolean> {
    const { fork, readyMs, endMs } = this.options;
    const next = fork();
    const late = setTimeout(() => next.signal('SIGKILL'), readyMs);
    const started = await next.started;
    clearTimeout(late);
    if (!started || this.closing.signal.aborted) return false;
    const before = this.current;
    this.keep(next);
    before?.say({ postrider: 'retire' });
    await before?.gone(endMs);
    return true;
  }

  private keep(process: ServerProcess): void {
    this.current = process;
    void process.exited.then(() => this.ended(process));
  }

  private async ended(process: ServerProcess): Promise<void> {
    const { signal } = this.closing;
    if (this.current !== process || signal.aborted) return;
    this.failures = performance.now() - process.bornAtMs >= LIVED_MS ? 0 : this.failures + 1;
    const retryMs = this.failures === 0 ? 0 : Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (this.failures - 1));
    this.options.crashed(process, retryMs);
    await pause(retryMs, undefined, { signal }).catch(() => undefined);
    // The slot may have been renewed in the meantime.
    if (this.current === process && !signal.aborted) this.keep(this.options.fork());
  }
}
