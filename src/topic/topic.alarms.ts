import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { ALL_PARTITIONS, groupByPartition, partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import type { Again } from './hint.codec.js';
import { TopicHints } from './topic.hints.js';
import { countEnds, endingLimits, endsOf, listOf, stringsOf } from './topic.limits.js';
import { topicScript } from './topic.script.js';

const WAKE = topicScript('wake');
const OVERDUE = topicScript('overdue');
const EXPIRE = topicScript('expire');
const CHUNK = 100;

export interface Overdue {
  /** Topics whose alarm has rung and that nobody looked at. */
  readonly names: readonly string[];
  /** Scheduled notifications that should have been released. */
  readonly scheduled: readonly string[];
}

/** What became of a delivery that is traced. */
export interface TracedFate {
  readonly name: string;
  readonly offset: number;
  /** Deliveries so far. */
  readonly attempts: number;
  readonly what: 'redeliver' | 'expire' | 'dead_letter';
  readonly traceparent: string;
}

/** Alarms of topics: when somebody has to look at what is open in them. */
@Injectable()
export class TopicAlarms {
  private readonly limits: [number, number, number];

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.limits = endingLimits(config);
  }

  /**
   * Looks at topics whose alarm has rung: expires, dead-letters, asks gateways to send again. Harmless when repeated.
   * @param force look although the alarm has not rung yet.
   * @param onTraced told of deliveries that are traced; without one nobody looks for them.
   * @returns the topics that need a guard job, by the time (ms) it has to run.
   */
  async wake(
    names: readonly string[],
    force = false,
    onTraced?: (fate: TracedFate) => void,
  ): Promise<Map<number, string[]>> {
    const byPartition = groupByPartition(names, partitionOf);
    const next = new Map<number, string[]>();
    const calls: Promise<void>[] = [];
    for (const [partition, members] of byPartition) {
      for (let i = 0; i < members.length; i += CHUNK) {
        calls.push(this.wakeSome(partition, members.slice(i, i + CHUNK), force, next, onTraced));
      }
    }
    await Promise.all(calls);
    return next;
  }

  /** What should have been looked at `graceMs` ago or earlier: its job was lost, or it waited for a deadline. */
  async overdue(graceMs: number): Promise<Overdue> {
    const replies = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(OVERDUE, p, [graceMs, 1000])));
    const members = replies.flatMap(stringsOf);
    return {
      names: members.filter((member) => member.startsWith('t:')).map((member) => member.slice(2)),
      scheduled: members.filter((member) => member.startsWith('n:')).map((member) => member.slice(2)),
    };
  }

  /** Ends those of some deliveries whose time is over, although their alarm was not looked at yet. */
  async expire(deliveries: readonly { id: string; name: string }[]): Promise<void> {
    const byPartition = groupByPartition(deliveries, ({ name }) => partitionOf(name));
    const calls = [...byPartition].map(async ([partition, some]) => {
      const args = [...this.limits, ...some.flatMap(({ id, name }) => [id, name])];
      const replies = listOf(await this.lanes.commit.run(EXPIRE, partition, args));
      some.forEach(({ name }, index) => {
        const [epoch, ends] = listOf(replies[index]);
        const ended = endsOf(ends);
        countEnds(this.metrics, ended);
        this.hints.ended(name, String(epoch), ended);
      });
    });
    await Promise.all(calls);
  }

  private async wakeSome(
    partition: number,
    names: readonly string[],
    force: boolean,
    next: Map<number, string[]>,
    onTraced?: (fate: TracedFate) => void,
  ): Promise<void> {
    const flags = [force ? '1' : '', onTraced ? '1' : ''];
    const args = [this.config.maxBackoffMs, ...this.limits, Math.random().toFixed(3), ...flags, ...names];
    for (const reply of listOf(await this.lanes.facts.run(WAKE, partition, args))) {
      const [name, epoch, wakeAt, again, ends, traced] = listOf(reply);
      const ended = endsOf(ends);
      countEnds(this.metrics, ended);
      this.hints.ended(String(name), String(epoch), ended);
      this.hints.again(String(name), String(epoch), againsOf(stringsOf(again)));
      for (const fate of fatesOf(String(name), stringsOf(traced))) onTraced?.(fate);
      if (wakeAt === '') continue;
      const at = next.get(Number(wakeAt));
      if (at) at.push(String(name));
      else next.set(Number(wakeAt), [String(name)]);
    }
  }
}

/** Pairs of an offset and the most attempts. */
function againsOf(words: readonly string[]): Again[] {
  const agains: Again[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) agains.push({ offset: Number(words[i]), most: Number(words[i + 1]) });
  return agains;
}

/** Fours as `wake.lua` returns them. */
function fatesOf(name: string, words: readonly string[]): TracedFate[] {
  const fates: TracedFate[] = [];
  for (let i = 0; i + 3 < words.length; i += 4) {
    const what = words[i + 2];
    fates.push({
      name,
      offset: Number(words[i]),
      attempts: Number(words[i + 1]),
      what: what === 'redeliver' || what === 'expire' ? what : 'dead_letter',
      traceparent: words[i + 3] ?? '',
    });
  }
  return fates;
}
