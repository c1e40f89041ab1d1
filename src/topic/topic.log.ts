import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { MARK_LENGTH, type Priority, type Terms, encodeEntry, encodeTerms } from './entry.codec.js';
import { randomDigits } from './notification.id.js';
import { TopicHints } from './topic.hints.js';
import type { Seen } from './topic.acks.js';
import { countEnds, endingLimits, endsOf, listOf, pairsOf, stringsOf } from './topic.limits.js';
import { TopicNamespaces, type TopicRules } from './topic.namespaces.js';
import { topicScript } from './topic.script.js';

const APPEND = topicScript('append');
const READ = topicScript('read');
const HEADS = topicScript('heads');
const RENUMBER = topicScript('renumber');
const INFO = topicScript('info');
const CANCEL = topicScript('cancel');

/** What is appended; `body` as in `LogEntry`. */
export interface Append extends Terms {
  readonly id: string;
  readonly body: string;
  readonly collapseKey?: string;
  readonly priority?: Priority;
  /** Kept in the record for status answers where the id has one record only. */
  readonly type?: string;
  readonly metadata?: string;
}

export interface Appended {
  /** False when the topic refused it: too many open deliveries, or it is void. */
  readonly stored: boolean;
  /** Its idempotency key has gone to another request. */
  readonly isVoid: boolean;
  /** False when it was there already. */
  readonly fresh: boolean;
  readonly offset: number;
  readonly epoch: string;
  /** Sessions connected at the moment of the append. */
  readonly online: number;
  /** Set when a guard job has to be added for this time (ms by Redis' clock). */
  readonly wakeAtMs?: number;
}

export interface LogRange {
  readonly epoch: string;
  readonly base: number;
  readonly head: number;
  readonly from: number;
  readonly entries: readonly string[];
}

/** What somebody has seen of a topic. */
export interface Sight {
  readonly name: string;
  readonly head: number;
  /** An entry that must still be where it was. */
  readonly anchor?: Seen;
}

export interface Head {
  /** '' where there is no such topic. */
  readonly epoch: string;
  readonly head: number;
  /** A failover has unwritten what was seen. */
  readonly diverged: boolean;
}

const argsOf = ({ name, head, anchor }: Sight): [string, number, number, string] => [
  name,
  head,
  anchor?.offset ?? 0,
  anchor?.mark ?? '',
];

export interface TopicInfo {
  readonly epoch: string;
  readonly base: number;
  readonly head: number;
  readonly members: number;
  readonly online: number;
  /** Deliveries that are guarded and have not ended. */
  readonly open: number;
  /** Connected sessions, with node and user, where they were asked for. */
  readonly live: ReadonlyMap<string, { node: string; user: string }>;
}

/** The durable log of each topic. `name` is always `<app>:<topic>`. */
@Injectable()
export class TopicLog {
  private readonly limits: [number, number, number];
  private readonly shared = new Map<TopicRules, readonly number[]>();
  private readonly sharedByPromised = new Map<TopicRules, readonly number[]>();

  constructor(
    @Inject(Config) config: Config,
    private readonly lanes: RedisLanes,
    private readonly namespaces: TopicNamespaces,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimits(config);
  }

  /**
   * Appends and, once confirmed, hints. Harmless when repeated with the same ids.
   * @param promised the items were accepted before (a schedule came due): a full topic does not refuse them.
   * @throws PostriderError `redis_unavailable` or `unconfirmed`: repeat it to be sure.
   */
  async append(name: string, items: readonly Append[], promised = false): Promise<Appended[]> {
    const mark = newEpoch();
    const args: (string | number)[] = [name, mark];
    for (const item of items) {
      const { id, collapseKey = '', priority = '', type = '', metadata = '', body } = item;
      args.push(id, encodeTerms(item), collapseKey, priority, type, metadata, body);
    }
    const [epochReply, wakeAt, ends, ...replies] = listOf(
      await this.lanes.commit.join(APPEND, partitionOf(name), this.sharedBy(name, promised), args),
    );
    const epoch = String(epochReply);
    const ended = endsOf(ends);
    countEnds(this.metrics, ended);
    this.hints.ended(name, epoch, ended);
    const outcomes = replies.map((reply): Appended => {
      const [status, offset, online, numbering = epoch] = listOf(reply);
      return {
        stored: Number(status) >= 0,
        isVoid: status === -2,
        fresh: status === 1,
        offset: Number(offset),
        epoch: String(numbering),
        online: Number(online),
        ...(wakeAt !== '' && { wakeAtMs: Number(wakeAt) }),
      };
    });
    this.hint(name, epoch, mark, items, outcomes);
    return outcomes;
  }

  /** The same list for all appends that may run together. */
  private sharedBy(name: string, promised: boolean): readonly (string | number)[] {
    const rules = this.namespaces.rulesOf(name);
    const lists = promised ? this.sharedByPromised : this.shared;
    let list = lists.get(rules);
    if (!list) {
      const { maxOpen, maxEntries, recordRetentionMs } = rules;
      const [retention, ...letters] = this.limits;
      list = [recordRetentionMs ?? retention, ...letters, promised ? Number.MAX_SAFE_INTEGER : maxOpen, maxEntries];
      lists.set(rules, list);
    }
    return list;
  }

  /**
   * Entries from `from` on (or from the lowest there is).
   * @param upTo the last confirmed offset; without it they are confirmed before they are answered.
   */
  async read(name: string, from: number, most: number, mostBytes: number, upTo?: number): Promise<LogRange> {
    const args = [name, from, most, mostBytes, upTo ?? ''];
    const lane = upTo === undefined ? this.lanes.commit : this.lanes.reads;
    const reply = listOf(await lane.run(READ, partitionOf(name), args));
    const [epoch, base, head, first, entries] = reply;
    return {
      epoch: String(epoch),
      base: Number(base),
      head: Number(head),
      from: Number(first),
      entries: stringsOf(entries),
    };
  }

  /** Calls back when a log may be another than the one that was seen: Redis was, or is, away. */
  onInterruption(listener: () => void): void {
    this.lanes.commit.onInterruption(listener);
    this.lanes.reads.onInterruption(listener);
  }

  /** Where topics of one partition end now, confirmed. */
  async heads(partition: number, sights: readonly Sight[]): Promise<Head[]> {
    const reply = listOf(await this.lanes.commit.run(HEADS, partition, sights.flatMap(argsOf)));
    return sights.map((_, i) => ({
      epoch: String(reply[3 * i]),
      head: Number(reply[3 * i + 1]),
      diverged: reply[3 * i + 2] === 1,
    }));
  }

  /**
   * Gives a topic that has diverged a new epoch, unless somebody else has done so: its entries keep their offsets, and
   * those that were seen are not given to others.
   * @returns its epoch, '' where it is gone.
   */
  async renumber(sight: Sight, epoch: string): Promise<string> {
    const [name, ...seen] = argsOf(sight);
    return String(await this.lanes.commit.run(RENUMBER, partitionOf(sight.name), [name, epoch, newEpoch(), ...seen]));
  }

  async info(name: string, withLive = false): Promise<TopicInfo> {
    const reply = listOf(await this.lanes.commit.run(INFO, partitionOf(name), [name, withLive ? '1' : '']));
    const live = [...pairsOf(reply[5])].map(([session, at]): [string, { node: string; user: string }] => {
      const space = at.indexOf(' ');
      return [session, { node: at.slice(0, space), user: at.slice(space + 1) }];
    });
    return {
      epoch: String(reply[0]),
      base: Number(reply[1]),
      head: Number(reply[2]),
      members: Number(reply[3]),
      online: Number(reply[4]),
      open: Number(reply[6]),
      live: new Map(live),
    };
  }

  /** Cancels one delivery. */
  async cancel(id: string, name: string): Promise<'cancelled' | 'too_late' | 'unknown'> {
    const reply = listOf(await this.lanes.commit.run(CANCEL, partitionOf(name), [...this.limits, id, name]));
    const [status, epoch, ends] = listOf(reply[0]);
    if (Number(status) === -1) return 'unknown';
    const ended = endsOf(ends).map((end) => (end.reason === 'cancelled' ? { ...end, cause: 'requested' } : end));
    countEnds(this.metrics, ended);
    this.hints.ended(name, String(epoch), ended);
    return Number(status) === 1 ? 'cancelled' : 'too_late';
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

/** What tells one append from another: its mark, and the epoch of a topic that it begins. */
export const newEpoch = (): string => randomDigits(MARK_LENGTH);
