import { now } from './clock.js';

/** Notices a silent server. Any frame is a sign of life; one timer looks now and then, none for each frame. */
export class Pulse {
  private seenAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly silent: (forMs: number) => void) {}

  /** A sign of life. */
  beat(): void {
    this.seenAt = now();
  }

  /** From now on so much silence is too much. @param soonMs once it is as little as this. */
  watch(limitMs: number, soonMs = limitMs, inMs = soonMs): void {
    this.stop();
    this.timer = setTimeout(() => {
      const forMs = Math.round(now() - this.seenAt);
      if (forMs < soonMs) this.watch(limitMs, limitMs, limitMs - forMs);
      else this.silent(forMs);
    }, inMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
