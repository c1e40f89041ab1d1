import { Cluster } from 'ioredis';
import { type Command, type Reply, sendInOrder } from './in-order.js';
import { nothing } from './reply.js';
import { scriptsOf } from './script.js';
import { ALL_PARTITIONS, partitionPrefix, queuePrefix, slotOf } from '../contract/partition.js';
import type { RedisClient } from './redis-factory.js';
import { isReply, reasonOf } from './redis-reason.js';

const SCRIPT = scriptsOf(import.meta.url)('trial', () => [], nothing);
/** Interval of the whole script, which costs Redis as much as fifty commands. */
const THOROUGH_MS = 10_000;
/** Answers of a primary that does not own the slot, or is not ready itself. */
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN)\b/;

/**
 * Result of a trial at a primary: undefined without an answer, empty if it accepted everything,
 * else its own words.
 */
export type Verdict = string | undefined;

/**
 * Tries the used commands at every primary in forms that change nothing: a few each time, all of
 * them at intervals and while some are refused. This finds a Redis that refuses before anybody
 * needs it, even in a process that rarely writes.
 */
export class RedisTrial {
  private thoroughAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly client: RedisClient,
    private readonly keyPrefix: string,
    /** True if writes are confirmed by `WAIT`. */
    private readonly isConfirmed: boolean,
  ) {}

  /** Makes the next trial a thorough one. */
  doubt(): void {
    this.thoroughAtMs = Number.NEGATIVE_INFINITY;
  }

  async run(): Promise<Verdict[]> {
    const nowMs = performance.now();
    const isThorough = nowMs - this.thoroughAtMs >= THOROUGH_MS;
    if (isThorough) this.thoroughAtMs = nowMs;
    const verdicts = await Promise.all(
      [...this.places(isThorough)].map(async ([, batches]) => {
        const verdicts = await Promise.all(batches.map((batch) => this.try(batch)));
        return verdicts.find(Boolean) ?? (verdicts.includes(undefined) ? undefined : '');
      }),
    );
    if (verdicts.some(Boolean)) this.doubt();
    return verdicts;
  }

  private async try(commands: readonly Command[]): Promise<Verdict> {
    try {
      const verdict = verdictOf(await sendInOrder(this.client, commands));
      if (!verdict?.startsWith('NOSCRIPT')) return verdict;
      return verdictOf(await sendInOrder(this.client, commands.map(asSource)));
    } catch {
      return undefined;
    }
  }

  /**
   * Commands to try at each primary: most in one of its partitions, and one write among the queue
   * keys.
   */
  private places(isThorough: boolean): Map<string, Command[][]> {
    const places = new Map<string, Command[][]>();
    for (const partition of ALL_PARTITIONS) {
      const owner = this.ownerOf(String(partition));
      if (!places.has(owner)) places.set(owner, [this.batch(partitionPrefix(this.keyPrefix, partition), isThorough)]);
    }
    const owner = this.ownerOf(`${this.keyPrefix}:queue`);
    places.set(owner, [...(places.get(owner) ?? []), [['set', [`${queuePrefix(this.keyPrefix)}:trial`, '1', 'XX']]]]);
    return places;
  }

  private ownerOf(tag: string): string {
    return this.client instanceof Cluster ? (this.client.slots[slotOf(tag)]?.[0] ?? '') : '';
  }

  /**
   * Refusals within a script are less precise, so the most frequent commands are also sent on their
   * own first.
   */
  private batch(prefix: string, isThorough: boolean): Command[] {
    const key = `${prefix}trial`;
    return [
      ['set', [key, '1', 'XX']],
      ['zadd', [key, 'XX', 0, 'm']],
      ['del', [key]],
      ['zrem', [key, 'm']],
      ['get', [key]],
      ['eval', ['return 1', 1, prefix]],
      ...(isThorough ? [['evalsha', [SCRIPT.sha, 1, prefix]] satisfies Command] : []),
      ...(this.isConfirmed ? [['wait', [0, 0]] satisfies Command] : []),
    ];
  }
}

const asSource = ([name, args]: Command): Command =>
  name === 'evalsha' ? ['eval', [SCRIPT.source, ...args.slice(1)]] : [name, args];

function verdictOf(replies: readonly Reply[]): Verdict {
  const errors = replies.flatMap(([error]) => (error ? [error] : []));
  const refusal = errors.find((error) => isReply(error) && !ELSEWHERE.test(error.message));
  if (refusal) return reasonOf(refusal).text;
  return errors.length > 0 || replies.length === 0 ? undefined : '';
}
