import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { partitionOf } from '../contract/partition.js';
import { PostriderError } from '../contract/postrider-error.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { encodeEntry } from './entry-codec.js';
import { homeOf, kindOf, newMark } from '../contract/notification-id.js';
import { TopicEndings } from './topic-endings.js';
import { TopicHints } from './topic-hints.js';
import { type EndingLimits, endingLimitsOf, limitArgs } from './ending.js';
import {
  APPEND,
  type Append,
  type Appended,
  type Appending,
  type Appends,
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

/** Durable log of each topic. `name` is always `<app>:<topic>`. */
@Injectable()
export class TopicLog {
  private readonly limits: EndingLimits;
  private readonly shared = new Map<TopicRules, readonly number[]>();
  private readonly sharedByPromised = new Map<TopicRules, readonly number[]>();

  constructor(
    settings: DeliverySettings,
    private readonly lanes: RedisLanes,
    private readonly namespaces: TopicNamespaces,
    private readonly hints: TopicHints,
    private readonly endings: TopicEndings,
  ) {
    this.limits = endingLimitsOf(settings);
  }

  /**
   * Appends and, once confirmed, sends hints. Harmless when repeated with the same ids.
   * @param promised true if the items were accepted before (a schedule came due), so that a full
   * topic does not refuse them.
   * @throws PostriderError `redis_unavailable` or `unconfirmed`: repeat it to be sure.
   */
  async append(name: string, items: readonly Append[], { promised } = { promised: false }): Promise<Appended[]> {
    const given = appendsOf(name, items);
    const shared = this.sharedBy(name, promised);
    return this.told(given, await this.lanes.commit.join(APPEND, partitionOf(name), shared, given));
  }

  /**
   * Like `append`, for one item each in any number of topics. Items of the same topic keep their
   * order.
   * @returns for each its outcome, or the error as `append` throws it.
   */
  async appendAll(
    appends: readonly { readonly name: string; readonly item: Append }[],
    { promised } = { promised: false },
  ): Promise<(Appended | PostriderError)[]> {
    const calls = appends.map(({ name, item }) => {
      const given = appendsOf(name, [item]);
      return { partition: homeOfAppend(name, item), shared: this.sharedBy(name, promised), given };
    });
    const replies = await this.lanes.commit.joinAll(APPEND, calls);
    return calls.map(({ given }, index) => {
      const reply = replies[index];
      return reply instanceof PostriderError ? reply : this.told(given, reply)[0];
    });
  }

  /** Counts what ended by an append, and sends hints. */
  private told({ name, entries }: Appends, appending: Appending): Appended[] {
    this.endings.report(name, appending);
    if (appending.online > 0) this.hint(name, entries, appending);
    return appending.appended;
  }

  /** Returns the same array for all appends that may share a run. */
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
   * Reads entries from `from` on, or from the lowest that is kept.
   * @param upTo last confirmed offset; without it, the entries are confirmed before they are
   * returned.
   */
  async read(name: string, from: number, most: number, mostBytes: number, upTo?: number): Promise<LogRange> {
    const lane = upTo === undefined ? this.lanes.commit : this.lanes.reads;
    return lane.run(READ, partitionOf(name), { name, from, most, mostBytes, upTo });
  }

  /**
   * Calls the listener when Redis is lost or back, since a log may then differ from the one that
   * was seen.
   */
  onInterruption(listener: () => void): void {
    this.lanes.commit.onInterruption(listener);
    this.lanes.reads.onInterruption(listener);
  }

  /** Confirmed heads of topics of one partition. */
  async heads(partition: number, views: readonly LogView[]): Promise<Head[]> {
    return this.lanes.commit.run(HEADS, partition, { views });
  }

  /**
   * Gives a diverged topic a new epoch, unless another caller has done so. Entries keep their
   * offsets, and offsets that were seen are never reused.
   * @returns its epoch, '' if the topic is gone.
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
    this.endings.report(name, { epoch, ended: ends });
    return status === 1 ? 'cancelled' : 'too_late';
  }

  /** Sends one hint for each run of consecutive offsets. */
  private hint(name: string, entries: readonly string[], { epoch, at, appended }: Appending): void {
    let first = 0;
    let run: string[] = [];
    const flush = (): void => {
      if (run.length > 0) this.hints.appended({ name, epoch, offset: first, entries: run }, at);
      run = [];
    };
    appended.forEach(({ stored, fresh, offset, epoch: numbering }, index) => {
      const entry = entries[index];
      if (!stored || entry === undefined) return;
      if (!fresh) {
        if (numbering === epoch) this.hints.grown(name, epoch, offset, at);
        return;
      }
      if (offset !== first + run.length) flush();
      if (run.length === 0) first = offset;
      run.push(entry);
    });
    flush();
  }
}

/** The id of a single delivery is in the partition of its topic, which need not be hashed again. */
const homeOfAppend = (name: string, { id }: Append): number => (kindOf(id) === 's' ? homeOf(id) : partitionOf(name));

/** Draws the mark of an append, with which its entries are encoded. */
function appendsOf(name: string, items: readonly Append[]): Appends {
  const mark = newMark();
  return { name, mark, items, entries: items.map((item) => encodeEntry(item, mark)) };
}
