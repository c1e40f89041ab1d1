/** Sends what is there for one of many. */
export interface Pumped {
  pump(): void;
}

/** Up to this many are served at once, whatever else there is to do. */
export const FEW = 100;
const SLICE = 500;
/** How long it rests after a sweep, as a share of the time that the sweep took. */
const REST = 0.5;

/**
 * Gives all who listen to a topic what is new. Many are served in slices, so that a wide topic does not hold the event loop,
 * and then for half as long as that took the loop is left to the rest of its work: what is published meanwhile goes out with the
 * next sweep, as one write a socket. So a topic that is published to faster than its sockets can be written to costs fewer
 * writes, not a longer queue (docs/adr/0010-sweeps.md).
 */
export class FanOut {
  private state: 'idle' | 'resting' | 'running' = 'idle';
  private again = false;
  private beganMs = 0;
  private restsUntilMs = 0;

  constructor(
    private readonly all: ReadonlySet<Pumped>,
    /** Called when one is done and no other has begun. */
    private readonly onDone: () => void,
  ) {}

  /** Whether somebody may not have got yet what was there when it was asked for. */
  get isUnderWay(): boolean {
    return this.state !== 'idle';
  }

  /** What is new now goes to all. */
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
    // Behind the writes of this slice.
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
