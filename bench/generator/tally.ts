import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

const MAX_LATENCY_MICROS = 120_000_000;

export function emptyHistogram(): Histogram {
  return build({ highestTrackableValue: MAX_LATENCY_MICROS, numberOfSignificantValueDigits: 3, bitBucketSize: 32 });
}

export const encoded = (histogram: Histogram): string => encodeIntoCompressedBase64(histogram);

export function recordMs(histogram: Histogram, latencyMs: number): void {
  histogram.recordValue(Math.min(MAX_LATENCY_MICROS, Math.max(0, Math.round(latencyMs * 1_000))));
}

/**
 * POST of one or more messages. It is over once it is answered and all its messages have arrived.
 */
export interface Post {
  readonly publishedAtMs: number;
  /** Number of deliveries that each of its messages should have. */
  readonly copies: number;
  /** Number of outstanding deliveries, plus one for the answer. */
  open: number;
  over(): void;
}

/** Messages published in one load, and those that arrived. Messages of other loads are ignored. */
export class Tally {
  readonly latency = emptyHistogram();
  readonly posts: Post[] = [];
  /** Arrival of the last copy of each message. */
  readonly arrivedAtMs: number[] = [];
  private readonly copies: number[] = [];
  expected = 0;
  delivered = 0;
  twice = 0;
  /** Number of POSTs that are not over. */
  open = 0;

  /** @param first sequence number of the first message of the load. */
  constructor(private readonly first: number) {}

  get next(): number {
    return this.first + this.posts.length;
  }

  /** Records `count` messages of one POST, numbered from `next` on. */
  issue(count: number, copies: number, publishedAtMs: number, over: () => void): Post {
    const post = { publishedAtMs, copies, open: count * copies + 1, over };
    this.open += 1;
    this.expected += count * copies;
    for (let n = 0; n < count; n += 1) {
      this.posts.push(post);
      this.copies.push(0);
      this.arrivedAtMs.push(0);
    }
    return post;
  }

  answered(post: Post): void {
    this.settle(post, 1);
  }

  /** Notes a refused POST: none of its messages will come. */
  refused(post: Post, count: number): void {
    this.expected -= count * post.copies;
    this.settle(post, post.open);
  }

  arrived(sequence: number): void {
    const index = sequence - this.first;
    const post = this.posts[index];
    if (!post) return;
    const copies = (this.copies[index] ?? 0) + 1;
    this.copies[index] = copies;
    if (copies > post.copies) {
      this.twice += 1;
      return;
    }
    if (post.open === 0) return;
    const nowMs = performance.now();
    this.arrivedAtMs[index] = nowMs;
    this.delivered += 1;
    recordMs(this.latency, nowMs - post.publishedAtMs);
    this.settle(post, 1);
  }

  private settle(post: Post, count: number): void {
    post.open -= count;
    if (post.open > 0) return;
    this.open -= 1;
    post.over();
  }
}
