import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { ALL_PARTITIONS, groupByPartition, partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import type { Again } from './hint-codec.js';
import { TopicEndings } from './topic-endings.js';
import { TopicHints } from './topic-hints.js';
import { type End, type EndingLimits, endingLimitsOf, endingsOf, endsOf, limitArgs } from './ending.js';
import { listOf, rowsOf, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

const CHUNK = 100;

export interface Overdue {
  /** Topics whose alarm is due and was not handled. */
  readonly names: readonly string[];
  /** Scheduled notifications that should have been released. */
  readonly scheduled: readonly string[];
}

/** Fate of a traced delivery. */
export interface TracedFate {
  readonly name: string;
  readonly offset: number;
  /** Attempts so far. */
  readonly attempts: number;
  readonly what: 'redeliver' | 'expire' | 'dead_letter';
  readonly traceparent: string;
}

/** Result of inspecting a topic. */
interface Look {
  readonly name: string;
  readonly epoch: string;
  /** Time at which a guard job has to run, if any. */
  readonly wakeAtMs?: number;
  readonly again: readonly Again[];
  readonly ended: readonly End[];
  readonly fates: readonly TracedFate[];
}

const script = scriptsOf(import.meta.url);

const WAKE = script(
  'wake',
  (given: {
    maxBackoffMs: number;
    limits: EndingLimits;
    random: number;
    force: boolean;
    isTraced: boolean;
    names: readonly string[];
  }) => [
    given.maxBackoffMs,
    ...limitArgs(given.limits),
    given.random.toFixed(3),
    given.force ? '1' : '',
    given.isTraced ? '1' : '',
    ...given.names,
  ],
  (reply) => listOf(reply).map(lookOf),
);

function lookOf(reply: unknown): Look {
  const [topic, epoch, wakeAt, again, ends, traced] = listOf(reply);
  const name = String(topic);
  return {
    name,
    epoch: String(epoch),
    ...(wakeAt !== '' && { wakeAtMs: Number(wakeAt) }),
    again: rowsOf(again, 2).map(([offset, most]) => ({ offset: Number(offset), most: Number(most) })),
    ended: endsOf(ends),
    fates: rowsOf(traced, 4).map(([offset, attempts, what, traceparent = '']) => ({
      name,
      offset: Number(offset),
      attempts: Number(attempts),
      what: what === 'redeliver' || what === 'expire' ? what : 'dead_letter',
      traceparent,
    })),
  };
}

const OVERDUE = script('overdue', ({ graceMs, most }: { graceMs: number; most: number }) => [graceMs, most], stringsOf);

const EXPIRE = script(
  'expire',
  ({ limits, deliveries }: { limits: EndingLimits; deliveries: readonly { id: string; name: string }[] }) => [
    ...limitArgs(limits),
    ...deliveries.flatMap(({ id, name }) => [id, name]),
  ],
  (reply) => listOf(reply).map(endingsOf),
);

/** Maximum overdue alarms found in one partition at a time. */
const MAX_OVERDUE = 1_000;

/** Alarms of topics: when their open deliveries have to be inspected. */
@Injectable()
export class TopicAlarms {
  private readonly limits: EndingLimits;

  constructor(
    private readonly settings: DeliverySettings,
    private readonly lanes: RedisLanes,
    private readonly hints: TopicHints,
    private readonly endings: TopicEndings,
  ) {
    this.limits = endingLimitsOf(settings);
  }

  /**
   * Inspects topics whose alarm is due: expires, dead-letters, and asks gateways to send again.
   * Harmless when repeated.
   * @param force inspects topics before their alarm is due.
   * @param onTraced receives traced deliveries; without it they are not looked up.
   * @returns the topics that need a guard job, by its time (ms).
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

  /** Alarms overdue by at least `graceMs`: their job was lost, or they waited for a deadline. */
  async overdue(graceMs: number): Promise<Overdue> {
    const given = { graceMs, most: MAX_OVERDUE };
    const found = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(OVERDUE, p, given)));
    const members = found.flat();
    return {
      names: members.filter((member) => member.startsWith('t:')).map((member) => member.slice(2)),
      scheduled: members.filter((member) => member.startsWith('n:')).map((member) => member.slice(2)),
    };
  }

  /** Expires overdue deliveries whose alarm has not been handled yet. */
  async expire(deliveries: readonly { id: string; name: string }[]): Promise<void> {
    const byPartition = groupByPartition(deliveries, ({ name }) => partitionOf(name));
    const calls = [...byPartition].map(async ([partition, some]) => {
      const given = { limits: this.limits, deliveries: some };
      this.endings.reportAll(some, await this.lanes.commit.run(EXPIRE, partition, given));
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
    const { maxBackoffMs } = this.settings;
    const isTraced = onTraced !== undefined;
    const given = { maxBackoffMs, limits: this.limits, random: Math.random(), force, isTraced, names };
    for (const { name, epoch, wakeAtMs, again, ended, fates } of await this.lanes.facts.run(WAKE, partition, given)) {
      this.endings.report(name, { epoch, ended });
      this.hints.again(name, epoch, again);
      for (const fate of fates) onTraced?.(fate);
      if (wakeAtMs === undefined) continue;
      const at = next.get(wakeAtMs);
      if (at) at.push(name);
      else next.set(wakeAtMs, [name]);
    }
  }
}
