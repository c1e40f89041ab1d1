import { Injectable } from '@nestjs/common';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';

/** How long nothing is refused before Redis is said to take everything again: near a limit some writes pass. */
const QUIET_MS = 5_000;

/** What Redis refuses, in its own words: told when that begins, when the reason is another one, and when it is over. */
@Injectable()
export class RedisRefusals {
  private words = '';
  private seenAtMs = Number.NEGATIVE_INFINITY;
  private noted: { readonly words: string; readonly atMs: number } | undefined;
  private toldKind = '';
  private onNoted: () => void = () => undefined;
  private readonly logger = new EventLogger(RedisRefusals.name);

  constructor(metrics: Metrics) {
    const help = 'Whether Redis refuses, in its own words, something that it is asked';
    metrics.sampled('redis_refuses', help, () => (this.toldKind === '' ? 0 : 1), 'max');
  }

  /** @param listener called when something was refused, before anything is told of it. */
  watch(listener: () => void): void {
    this.onNoted = listener;
  }

  /** Something that somebody needed was refused. */
  note(words: string): void {
    if (this.noted) return;
    this.noted = { words, atMs: performance.now() };
    if (this.toldKind === '') this.onNoted();
  }

  /**
   * @param words what Redis answers to a trial, which tells more than what was noted before it; empty where it takes all of it.
   * @param beganAtMs when that trial began.
   * @returns what it refuses now, or has just refused; empty where that is nothing.
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
