import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { encodeEntry } from './entry-codec.js';
import { newMark } from '../contract/notification-id.js';
import { TopicHints } from './topic-hints.js';
import { type EndingLimits, countEnds, endingLimitsOf, limitArgs } from './ending.js';
import {
  APPEND,
  type Append,
  type Appended,
  CANCEL,
  HEADS,
  type Head,
  INFO,
  type LogRange,
  type LogView,
  READ,
  RENUMBER,
  type TopicInfo,
} from './log-scripts.js';
import { TopicNamespaces, type TopicRules } from './topic-namespaces.js';

/** The durable log of each topic. `name` is always `<app>:<topic>`. */
@Injectable()
export class TopicLog {
  private readonly limits: EndingLimits;
  private readonly shared = new Map<TopicRules, readonly number[]>();
  private readonly sharedByPromised = new Map<TopicRules, readonly number[]>();

  constructor(
    config: Config,
    private readonly lanes: RedisLanes,
    private readonly namespaces: TopicNamespaces,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimitsOf(config);
  }

  /**
   * Appends and, once confirmed, hints. Harmless when repeated with the same ids.
   * @param promised the items were accepted before (a schedule came due): a full topic does not refuse them.
   * @throws PostriderError `redis_unavailable` or `unconfirmed`: repeat it to be sure.
   */
  async append(name: string, items: readonly Append[], { promised } = { promised: false }): Promise<Appended[]> {
    const mark = newMark();
    const { epoch, ended, appended } = await this.lanes.commit.join(
      APPEND,
      partitionOf(name),
      this.sharedBy(name, promised),
      { name, mark, items },
    );
    countEnds(this.metrics, ended);
    this.hints.ended(name, epoch, ended);
    this.hint(name, epoch, mark, items, appended);
    return appended;
  }

  /** The same list for all appends that may run together. */
  private sharedBy(name: string, promised: boolean): readonly (string | number)[] {
    const rules = this.namespaces.rulesOf(name);
    const lists = promised ? this.sharedByPromised : this.shared;
    let list = lists.get(rules);
    if (!list) {
      const { maxOpen, maxEntries, recordRetentionMs } = rules;
      const limits = { ...this.limits, ...(recordRetentionMs !== undefined && { retentionMs: recordRetentionMs }) };
      list = [...limitArgs(limits), promised ? Number.MAX_SAFE_INTEGER : maxOpen, maxEntries];
      lists.set(rules, list);
    }
    return list;
  }

  /**
   * Entries from `from` on (or from the lowest there is).
   * @param upTo the last confirmed offset; without it they are confirmed before they are answered.
   */
  async read(name: string, from: number, most: number, mostBytes: number, upTo?: number): Promise<LogRange> {
    const lane = upTo === undefined ? this.lanes.commit : this.lanes.reads;
    return lane.run(READ, partitionOf(name), { name, from, most, mostBytes, upTo });
  }

  /** Calls back when a log may be another than the one that was seen: Redis was, or is, away. */
  onInterruption(listener: () => void): void {
    this.lanes.commit.onInterruption(listener);
    this.lanes.reads.onInterruption(listener);
  }

  /** Where topics of one partition end now, confirmed. */
  async heads(partition: number, views: readonly LogView[]): Promise<Head[]> {
    return this.lanes.commit.run(HEADS, partition, { views });
  }

  /**
   * Gives a topic that has diverged a new epoch, unless somebody else has done so: its entries keep their offsets, and
   * those that were seen are not given to others.
   * @returns its epoch, '' where it is gone.
   */
  async renumber(view: LogView, epoch: string): Promise<string> {
    return this.lanes.commit.run(RENUMBER, partitionOf(view.name), { view, epoch, next: newMark() });
  }

  async info(name: string, withLive = false): Promise<TopicInfo> {
    return this.lanes.commit.run(INFO, partitionOf(name), { name, withLive });
  }

  /** Cancels one delivery. */
  async cancel(id: string, name: string): Promise<'cancelled' | 'too_late' | 'unknown'> {
    const given = { limits: this.limits, id, name };
    const { status, epoch, ended } = await this.lanes.commit.run(CANCEL, partitionOf(name), given);
    if (status === -1) return 'unknown';
    const ends = ended.map((end) => (end.reason === 'cancelled' ? { ...end, cause: 'requested' } : end));
    countEnds(this.metrics, ends);
    this.hints.ended(name, epoch, ends);
    return status === 1 ? 'cancelled' : 'too_late';
  }

  /** One hint for each run of consecutive offsets. */
  private hint(
    name: string,
    epoch: string,
    mark: string,
    items: readonly Append[],
    outcomes: readonly Appended[],
  ): void {
    let first = 0;
    let run: string[] = [];
    const flush = (): void => {
      if (run.length > 0) this.hints.appended(name, epoch, first, run);
      run = [];
    };
    outcomes.forEach(({ stored, fresh, offset, epoch: numbering }, index) => {
      const item = items[index];
      if (!stored || !item) return;
      if (!fresh) {
        if (numbering === epoch) this.hints.grown(name, epoch, offset);
        return;
      }
      if (offset !== first + run.length) flush();
      if (run.length === 0) first = offset;
      run.push(encodeEntry({ ...item, mark }));
    });
    flush();
  }
}
