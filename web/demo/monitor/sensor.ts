import { signal } from '@preact/signals';
import { Api } from '../api';
import { messageOf } from '../key';
import { type Stage, topicOf } from '../stage';

/** One reading. */
export interface Sample {
  at: number;
  value: number;
}

export const MAX_RATE = 20;
const FLUSH_MS = 250;
/** Lifetime of samples, because old ones are useless. */
const TTL_MS = 10 * 60_000;

/** Sensor that posts its new readings in batches. */
export class Sensor {
  readonly running = signal(false);
  /** Samples per second. */
  readonly rate = signal(5);
  readonly sent = signal(0);
  readonly value = signal<number | undefined>(undefined);
  readonly error = signal('');
  /** Offset of the newest sample. */
  readonly head = signal(0);
  private readonly api: Api;
  private readonly topic: string;
  private timer = 0;
  private posting = false;
  private readTo = 0;
  private drift = 0;

  /** @param watched true while the scene is visible: a background page posts nothing. */
  constructor(
    stage: Stage,
    private readonly watched: () => boolean,
  ) {
    this.api = new Api(() => stage.apiKey);
    this.topic = topicOf(stage, 'monitor');
  }

  start(): void {
    if (this.running.value) return;
    this.running.value = true;
    this.readTo = Date.now();
    this.timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.running.value = false;
  }

  /** Posts due values. A post that is due during a call waits and includes newer values. */
  private async flush(): Promise<void> {
    if (this.posting || !this.watched()) return;
    const samples = this.read(Date.now());
    if (samples.length === 0) return;
    this.posting = true;
    try {
      const { results } = await this.api.batch(samples.map((sample) => this.notificationOf(sample)));
      this.sent.value += results.filter(({ status }) => status === 202).length;
      for (const { targets } of results) this.head.value = Math.max(this.head.value, targets?.[0]?.offset ?? 0);
      this.error.value = '';
    } catch (error) {
      this.error.value = messageOf(error);
    } finally {
      this.posting = false;
    }
  }

  /** Returns the readings since the last call or, after a pause of the page, of the last second. */
  private read(now: number): Sample[] {
    const stepMs = 1_000 / this.rate.value;
    this.readTo = Math.max(this.readTo, now - 1_000);
    const samples: Sample[] = [];
    while (this.readTo + stepMs <= now) {
      this.readTo += stepMs;
      const at = Math.round(this.readTo);
      this.drift = this.drift * 0.96 + (Math.random() - 0.5) * 0.9;
      const value = Math.round((21 + 2.4 * Math.sin(at / 7_000) + this.drift) * 100) / 100;
      samples.push({ at, value });
      this.value.value = value;
    }
    return samples;
  }

  private notificationOf(data: Sample): object {
    return { to: { topic: this.topic }, type: 'sample', data, ttlMs: TTL_MS };
  }
}
