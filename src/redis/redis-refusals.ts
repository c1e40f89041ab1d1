import { Injectable } from '@nestjs/common';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';

/**
 * Time without a refusal before Redis counts as accepting everything again, since near a limit some
 * writes pass.
 */
const QUIET_MS = 5_000;

/**
 * Tracks refusals of Redis and logs when they begin, when their reason changes and when they end.
 */
@Injectable()
export class RedisRefusals {
  private words = '';
  private seenAtMs = Number.NEGATIVE_INFINITY;
  private noted: { readonly words: string; readonly atMs: number } | undefined;
  private toldKind = '';
  private onNoted: () => void = () => undefined;
  private readonly logger = new EventLogger(RedisRefusals.name);

  constructor(metrics: Metrics) {
    const help = '1 while Redis refuses commands, else 0';
    metrics.sampled('redis_refuses', help, () => (this.toldKind === '' ? 0 : 1), 'max');
  }

  /** @param listener called at each refusal, before it is logged. */
  watch(listener: () => void): void {
    this.onNoted = listener;
  }

  /** Records the refusal of a command that somebody needed. */
  note(words: string): void {
    if (this.noted) return;
    this.noted = { words, atMs: performance.now() };
    if (this.toldKind === '') this.onNoted();
  }

  /**
   * @param words answer of Redis to a trial, which is more precise than earlier refusals; empty if
   * it accepts everything.
   * @param beganAtMs start of the trial.
   * @returns the current or most recent refusal; empty if there is none.
   */
  judge(words: string, beganAtMs: number): string {
    const noted = this.noted && this.noted.atMs <= beganAtMs ? this.noted.words : '';
    if (noted !== '') this.noted = undefined;
    if (words !== '' || noted !== '') {
      this.words = words || noted;
      this.seenAtMs = performance.now();
    }
    const isRefusing = performance.now() - this.seenAtMs <= QUIET_MS;
    if (!isRefusing) this.words = '';
    const kind = kindOf(this.words);
    if (kind !== this.toldKind) {
      this.toldKind = kind;
      if (isRefusing) this.logger.event('redis_refuses', { error: this.words });
      else this.logger.event('redis_accepts', {});
    }
    return this.words;
  }
}

const kindOf = (words: string): string => words.split(' ', 1)[0] ?? '';
