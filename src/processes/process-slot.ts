import { setTimeout as pause } from 'node:timers/promises';
import type { ServerProcess } from './server-process.js';

/** Least and most time between the end of a process and its next try; it doubles with each that did not live. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
/** A process that lived for so long has not failed to start: the next one is tried at once. */
const LIVED_MS = 60_000;

export interface SlotOptions {
  fork(): ServerProcess;
  /** How long a new process may take to become ready before it is given up. */
  readonly readyMs: number;
  /** How long a retiring process may take to end before it is killed. */
  readonly endMs: number;
  /** A process ended that nobody had asked to; the next one comes after `retryMs`. */
  crashed(process: ServerProcess, retryMs: number): void;
}

/** One place among the processes: whoever serves in it has the same node id. */
export class ProcessSlot {
  private current?: ServerProcess;
  private failures = 0;
  private readonly closing = new AbortController();

  constructor(private readonly options: SlotOptions) {}

  /** @returns whether the first process has become ready. */
  async open(): Promise<boolean> {
    const first = this.options.fork();
    if (!(await first.started)) return false;
    this.keep(first);
    return true;
  }

  /** No more processes come into this place. */
  close(): void {
    this.closing.abort();
  }

  /**
   * Brings in a successor, and has the predecessor retire once it is ready.
   * @returns false where it did not become ready; then everything is as before.
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
    // Meanwhile the place may have been renewed.
    if (this.current === process && !signal.aborted) this.keep(this.options.fork());
  }
}
