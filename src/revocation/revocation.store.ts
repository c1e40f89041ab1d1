import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { LuaScript } from '../redis/lua.script.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { pairsOf, stringsOf } from '../topic/topic.limits.js';

const script = (file: string): LuaScript => new LuaScript(import.meta.url, `./lua/${file}.lua`, './lua/lib.lua');
const REVOKE = script('revoke');
const LIFT = script('lift');
const CHANGES = script('changes');
const PAGE = script('page');
/** All are in one place, so that one call finds what has changed. */
const PARTITION = 0;
const MAX_CHANGES = 1_000;

/** What of a user, or which one token, does not count any more. */
export interface Revocation {
  /** `user:<user>` or `jti:<jti>`. */
  readonly id: string;
  /** Tokens issued earlier are refused, ms by Redis' clock. */
  readonly beforeMs: number;
  /** When it may be forgotten, as the tokens have ended by themselves. */
  readonly endsAtMs: number;
  readonly createdAtMs: number;
  readonly reason: string;
}

/** A revocation that was added or lifted. */
export interface Change {
  readonly number: number;
  /** `<app> <id>`, as of `nameOf`. */
  readonly name: string;
  readonly beforeMs: number;
  readonly endsAtMs: number;
  readonly isLifted: boolean;
}

/** Apps and ids hold no space. */
export const nameOf = (app: string, id: string): string => `${app} ${id}`;

/** The revocations of the whole installation (lua/lib.lua has the keys). They are confirmed as what is accepted is. */
@Injectable()
export class RevocationStore {
  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
  ) {}

  /** @returns what is stored now, or undefined where there are `REVOCATION_MAX` already. */
  async revoke(
    app: string,
    { id, beforeMs, endsAtMs, reason }: Omit<Revocation, 'createdAtMs'>,
  ): Promise<Revocation | undefined> {
    const args = [nameOf(app, id), beforeMs, endsAtMs, this.config.revocationMax, reason];
    const value = await this.lanes.commit.run(REVOKE, PARTITION, args);
    return typeof value === 'string' ? { id, ...read(value) } : undefined;
  }

  /** @returns whether there was one. */
  async lift(app: string, id: string): Promise<boolean> {
    return Number(await this.lanes.commit.run(LIFT, PARTITION, [nameOf(app, id)])) === 1;
  }

  /** Revocations of an app, by id. @param after the last one seen, or ''. */
  async page(app: string, after: string, most: number): Promise<Revocation[]> {
    const found = pairsOf(await this.lanes.commit.run(PAGE, PARTITION, [app, after, most]));
    return [...found].map(([id, value]) => ({ id, ...read(value) }));
  }

  /** What has changed since; a full list is followed by more. @param since number of the last change known, 0 for all. */
  async changes(since: number): Promise<{ changes: Change[]; isFull: boolean }> {
    const words = stringsOf(await this.lanes.reads.run(CHANGES, PARTITION, [since, MAX_CHANGES]));
    const changes: Change[] = [];
    for (let i = 0; i + 2 < words.length; i += 3) {
      const { beforeMs, endsAtMs, isLifted } = read(words[i + 2] ?? '');
      changes.push({ number: Number(words[i]), name: words[i + 1] ?? '', beforeMs, endsAtMs, isLifted });
    }
    return { changes, isFull: changes.length === MAX_CHANGES };
  }

  /** @param listener called when what was read may not be what Redis has. */
  onInterruption(listener: () => void): void {
    this.lanes.reads.onInterruption(listener);
  }
}

function read(value: string) {
  const [before, ends, created, state, ...reason] = value.split(' ');
  return {
    beforeMs: Number(before),
    endsAtMs: Number(ends),
    createdAtMs: Number(created),
    isLifted: state === '-',
    reason: reason.join(' '),
  };
}
