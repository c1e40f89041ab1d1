import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { isOne, pairsOf, rowsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { RedisLanes } from '../redis/redis-lanes.js';

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

const script = scriptsOf(import.meta.url);

const REVOKE = script(
  'revoke',
  ({ name, most, ...given }: Pick<Revocation, 'beforeMs' | 'endsAtMs' | 'reason'> & { name: string; most: number }) => [
    name,
    given.beforeMs,
    given.endsAtMs,
    most,
    given.reason,
  ],
  (reply) => (typeof reply === 'string' ? itemOf(reply) : undefined),
);

const LIFT = script('lift', ({ name }: { name: string }) => [name], isOne);

const PAGE = script(
  'page',
  ({ app, after, most }: { app: string; after: string; most: number }) => [app, after, most],
  (reply): Revocation[] => [...pairsOf(reply)].map(([id, value]) => ({ id, ...itemOf(value) })),
);

const CHANGES = script(
  'changes',
  ({ since, most }: { since: number; most: number }) => [since, most],
  (reply): Change[] =>
    rowsOf(reply, 3).map(([number, name = '', value = '']) => {
      const { beforeMs, endsAtMs, isLifted } = itemOf(value);
      return { number: Number(number), name, beforeMs, endsAtMs, isLifted };
    }),
);

/** The revocations of the whole installation (lua/include/revocation.lua has the keys). They are confirmed as what is accepted is. */
@Injectable()
export class RevocationStore {
  constructor(
    private readonly config: Config,
    private readonly lanes: RedisLanes,
  ) {}

  /** @returns what is stored now, or undefined where there are `REVOCATION_MAX` already. */
  async revoke(
    app: string,
    { id, beforeMs, endsAtMs, reason }: Omit<Revocation, 'createdAtMs'>,
  ): Promise<Revocation | undefined> {
    const given = { name: nameOf(app, id), beforeMs, endsAtMs, most: this.config.revocationMax, reason };
    const item = await this.lanes.commit.run(REVOKE, PARTITION, given);
    return item && { id, ...item };
  }

  /** @returns whether there was one. */
  async lift(app: string, id: string): Promise<boolean> {
    return this.lanes.commit.run(LIFT, PARTITION, { name: nameOf(app, id) });
  }

  /** Revocations of an app, by id. @param after the last one seen, or ''. */
  async page(app: string, after: string, most: number): Promise<Revocation[]> {
    return this.lanes.commit.run(PAGE, PARTITION, { app, after, most });
  }

  /** What has changed since; a full list is followed by more. @param since number of the last change known, 0 for all. */
  async changes(since: number): Promise<{ changes: Change[]; isFull: boolean }> {
    const changes = await this.lanes.reads.run(CHANGES, PARTITION, { since, most: MAX_CHANGES });
    return { changes, isFull: changes.length === MAX_CHANGES };
  }

  /** @param listener called when what was read may not be what Redis has. */
  onInterruption(listener: () => void): void {
    this.lanes.reads.onInterruption(listener);
  }
}

function itemOf(value: string) {
  const [before, ends, created, state, ...reason] = value.split(' ');
  return {
    beforeMs: Number(before),
    endsAtMs: Number(ends),
    createdAtMs: Number(created),
    isLifted: state === '-',
    reason: reason.join(' '),
  };
}
