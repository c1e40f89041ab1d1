/** Listener that receives everything new when pumped. */
export interface Pumped {
  pump(): void;
}

/** Up to this many are served at once, whatever else there is to do. */
export const FEW = 100;
const SLICE = 500;
/** Rest after a fan-out, as a fraction of its duration. */
const REST = 0.5;

/**
 * Sends new entries to all listeners of a topic. Many listeners are served in slices, so that a
 * wide topic does not block the event loop. Then the loop is left to other work for half of that
 * time, and entries published in the meantime go out with the next round, as one write for each
 * socket. So a topic that grows faster than its sockets can be written to costs fewer writes, not a
 * longer queue (docs/adr/0010-sweeps.md).
 */
export class FanOut {
  private state: 'idle' | 'resting' | 'running' = 'idle';
  private again = false;
  private beganMs = 0;
  private restsUntilMs = 0;

  constructor(
    private readonly all: ReadonlySet<Pumped>,
    /** Called when a round is done and no other has begun. */
    private readonly onDone: () => void,
  ) {}

  /** True if some listeners may not have received entries from before the call. */
  get isUnderWay(): boolean {
    return this.state !== 'idle';
  }

  /** Sends everything new to all listeners. */
  start(): void {
    if (this.state === 'running') this.again = true;
    if (this.state !== 'idle') return;
    if (this.all.size <= FEW) {
      for (const one of this.all) one.pump();
      return;
    }
    const restMs = this.restsUntilMs - performance.now();
    this.state = 'resting';
    if (restMs > 0) setTimeout(() => this.run(), restMs);
    else this.run();
  }

  private run(): void {
    this.state = 'running';
    this.beganMs = performance.now();
    this.serve([...this.all], 0);
  }

  private serve(all: readonly Pumped[], from: number): void {
    const to = from + SLICE;
    for (const one of all.slice(from, to)) one.pump();
    // After the writes of this slice.
    setImmediate(() => (to < all.length ? this.serve(all, to) : this.end()));
  }

  private end(): void {
    const nowMs = performance.now();
    this.restsUntilMs = nowMs + (nowMs - this.beganMs) * REST;
    this.state = 'idle';
    if (this.again) {
      this.again = false;
      this.start();
    } else this.onDone();
  }
}
