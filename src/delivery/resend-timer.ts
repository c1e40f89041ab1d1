import type { Flight, InFlight } from './in-flight.js';

/** Due notification, which goes out once the socket has room. */
const UNDER_WAY = Infinity;

/** Schedules redeliveries after nacks with a single timer, set to the earliest of them. */
export class ResendTimer {
  private timer?: NodeJS.Timeout | undefined;
  private timerAtMs = Infinity;

  constructor(
    private readonly flights: InFlight,
    private readonly resend: (offset: number) => void,
  ) {}

  /** Number of notifications that wait for their time. */
  get waiting(): number {
    return this.timer ? this.flights.all.filter(({ againAtMs }) => againAtMs > 0).length : 0;
  }

  /** @param atMs time by `performance.now()`. */
  set(flight: Flight, atMs: number): void {
    flight.againAtMs = atMs;
    this.arm(atMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(atMs: number): void {
    if (this.timer && this.timerAtMs <= atMs) return;
    clearTimeout(this.timer);
    this.timerAtMs = atMs;
    this.timer = setTimeout(() => this.fire(), Math.max(0, Math.ceil(atMs - performance.now()))).unref();
  }

  private fire(): void {
    this.timer = undefined;
    const nowMs = performance.now();
    const due: number[] = [];
    let next = Infinity;
    for (const flight of this.flights.all) {
      if (flight.againAtMs === 0 || flight.againAtMs === UNDER_WAY) continue;
      if (flight.againAtMs > nowMs) next = Math.min(next, flight.againAtMs);
      else {
        flight.againAtMs = UNDER_WAY;
        due.push(flight.offset);
      }
    }
    if (next < Infinity) this.arm(next);
    for (const offset of due) this.resend(offset);
  }
}
