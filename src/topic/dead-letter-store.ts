import { Injectable } from '@nestjs/common';
import { ALL_PARTITIONS, partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { innerOf, policyOf } from './entry-codec.js';
import type { AckPolicy } from '../contract/terms.js';
import { homeOf, isNotificationId, kindOf, ID_LENGTH } from '../contract/notification-id.js';
import { appOf } from './topic-namespaces.js';
import { listOf, nothing, pairsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

/**
 * Delivery that ended dead. Its id is that of the notification, followed by `~<app>:<topic>` if
 * that had many targets.
 */
export interface DeadLetter {
  readonly id: string;
  readonly notification: string;
  readonly name: string;
  readonly offset: number;
  readonly reason: string;
  readonly attempts: number;
  readonly atMs: number;
  readonly ackWaitMs?: number;
  readonly maxAttempts?: number;
  readonly ttlMs: number;
  readonly policy: AckPolicy;
  /** Recipients that used up their attempts or refused it, up to 50 of each. */
  readonly recipients: readonly LetterRecipient[];
  /** Inner part of its frame, as returned by `innerOf`; '' if the entry was gone. */
  readonly body: string;
  /** Id of the notification that a replay created. */
  readonly replayedAs?: string;
}

export interface LetterRecipient {
  readonly session: string;
  readonly user?: string;
  readonly state: 'exhausted' | 'refused';
  readonly attempts: number;
  /** Reason that the client gave for refusing it. */
  readonly reason?: string;
}

export interface LetterPage {
  readonly letters: readonly DeadLetter[];
  /** Start of the next page; missing on the last one. */
  readonly next?: string;
}

const script = scriptsOf(import.meta.url);

const LETTERS = script(
  'letters',
  (given: { app: string; most: number; beforeMs: string; beforeId: string }) => [
    given.app,
    given.most,
    given.beforeMs,
    given.beforeId,
  ],
  (reply) => listOf(reply).flatMap((letter) => toLetter(letter) ?? []),
);

const LETTER = script(
  'letter',
  ({ app, letter, drop }: { app: string; letter: string; drop: boolean }) => [app, letter, drop ? 'drop' : ''],
  toLetter,
);

const MARK_REPLAYED = script(
  'mark-letter',
  ({ app, letter, replayedAs }: { app: string; letter: string; replayedAs: string }) => [app, letter, replayedAs],
  nothing,
);

const COUNT = script('count-letters', ({ app }: { app: string }) => [app], Number);

/** Reads and drops the letters that scripts write when they end deliveries. */
@Injectable()
export class DeadLetterStore {
  constructor(private readonly lanes: RedisLanes) {}

  /**
   * Letters of an app, newest first.
   * @param before `<ms> <id>` as returned in `next`.
   */
  async page(app: string, most: number, before = ''): Promise<LetterPage> {
    const space = before.indexOf(' ');
    const given = {
      app,
      most: most + 1,
      beforeMs: before.slice(0, Math.max(space, 0)),
      beforeId: before.slice(space + 1),
    };
    const pages = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.commit.run(LETTERS, p, given)));
    const found = pages.flat().sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1));
    const letters = found.slice(0, most);
    const last = letters.at(-1);
    return { letters, ...(found.length > most && last && { next: `${last.atMs} ${last.id}` }) };
  }

  /** Number of letters of an app. */
  async count(app: string): Promise<number> {
    const counts = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.commit.run(COUNT, p, { app })));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async find(app: string, letter: string): Promise<DeadLetter | undefined> {
    const partition = partitionOfLetter(app, letter);
    if (partition === undefined) return undefined;
    return this.lanes.commit.run(LETTER, partition, { app, letter, drop: false });
  }

  /** @returns false if there was none. */
  async drop(app: string, letter: string): Promise<boolean> {
    const partition = partitionOfLetter(app, letter);
    if (partition === undefined) return false;
    return (await this.lanes.commit.run(LETTER, partition, { app, letter, drop: true })) !== undefined;
  }

  /** Records the notification that a replay created. */
  async markReplayed(app: string, letter: string, replayedAs: string): Promise<void> {
    const partition = partitionOfLetter(app, letter);
    if (partition !== undefined) await this.lanes.facts.run(MARK_REPLAYED, partition, { app, letter, replayedAs });
  }
}

/**
 * Partition of a letter, which is that of its delivery; undefined if the id is malformed or belongs
 * to another app.
 */
function partitionOfLetter(app: string, letter: string): number | undefined {
  const id = letter.slice(0, ID_LENGTH);
  if (!isNotificationId(id)) return undefined;
  if (kindOf(id) === 's') return letter.length === ID_LENGTH ? homeOf(id) : undefined;
  const name = letter.slice(ID_LENGTH + 1);
  return letter.charAt(ID_LENGTH) === '~' && appOf(name) === app ? partitionOf(name) : undefined;
}

/** Parses what `blameOf` in lua/include/letter.lua writes. */
function recipientsOf(lines: string): LetterRecipient[] {
  return lines.split('\n').flatMap((line): LetterRecipient[] => {
    const [session = '', attempts, user, ...rest] = line.split('\t');
    const refusal = rest.join('\t');
    if (session === '') return [];
    const reason = refusal.slice(1);
    return [
      {
        session,
        ...(user && { user }),
        state: refusal === '' ? 'exhausted' : 'refused',
        attempts: Number(attempts),
        ...(reason !== '' && { reason }),
      },
    ];
  });
}

function toLetter(reply: unknown): DeadLetter | undefined {
  const [id, flat] = listOf(reply);
  const record = pairsOf(flat);
  if (typeof id !== 'string' || record.size === 0) return undefined;
  const number = (field: string): number => Number(record.get(field) ?? 0);
  const entry = record.get('e');
  const replayedAs = record.get('as');
  return {
    id,
    notification: record.get('id') ?? '',
    name: record.get('k') ?? '',
    offset: number('o'),
    reason: record.get('rs') ?? '',
    attempts: number('n'),
    atMs: number('z'),
    ...(record.get('w') && { ackWaitMs: number('w') }),
    ...(record.get('m') && { maxAttempts: number('m') }),
    ttlMs: number('ttl'),
    policy: policyOf(record.get('p') ?? ''),
    recipients: recipientsOf(record.get('b') ?? ''),
    body: entry ? innerOf(entry) : '',
    ...(replayedAs !== undefined && { replayedAs }),
  };
}
