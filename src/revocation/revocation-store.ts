import { Injectable } from '@nestjs/common';
import { AccessSettings } from '../config/settings.js';
import { isOne, pairsOf, rowsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { RedisLanes } from '../redis/redis-lanes.js';

/** All revocations are in one partition, so that one call finds the changes. */
const PARTITION = 0;
const MAX_CHANGES = 1_000;

/** Revocation of a user's tokens or of a single token. */
export interface Revocation {
  /** `user:<user>` or `jti:<jti>`. */
  readonly id: string;
  /** Tokens issued earlier are refused, in ms by the clock of Redis. */
  readonly beforeMs: number;
  /** When it may be forgotten, because the tokens have expired. */
  readonly endsAtMs: number;
  readonly createdAtMs: number;
  readonly reason: string;
}

/** Addition or removal of a revocation. */
export interface Change {
  readonly number: number;
  /** `<app> <id>`, as built by `nameOf`. */
  readonly name: string;
  readonly beforeMs: number;
  readonly endsAtMs: number;
  readonly isLifted: boolean;
}

/** Apps and ids have no space. */
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

/**
 * Revocations of the whole installation (lua/include/revocation.lua lists the keys). They are
 * confirmed like accepted notifications.
 */
@Injectable()
export class RevocationStore {
  constructor(
    private readonly settings: AccessSettings,
    private readonly lanes: RedisLanes,
  ) {}

  /** @returns the stored revocation, or undefined if `REVOCATION_MAX` is reached. */
  async revoke(
    app: string,
    { id, beforeMs, endsAtMs, reason }: Omit<Revocation, 'createdAtMs'>,
  ): Promise<Revocation | undefined> {
    const given = { name: nameOf(app, id), beforeMs, endsAtMs, most: this.settings.revocationMax, reason };
    const item = await this.lanes.commit.run(REVOKE, PARTITION, given);
    return item && { id, ...item };
  }

  /** @returns true if there was one. */
  async lift(app: string, id: string): Promise<boolean> {
    return this.lanes.commit.run(LIFT, PARTITION, { name: nameOf(app, id) });
  }

  /**
   * Revocations of an app, by id.
   * @param after id of the last one seen, or ''.
   */
  async page(app: string, after: string, most: number): Promise<Revocation[]> {
    return this.lanes.commit.run(PAGE, PARTITION, { app, after, most });
  }

  /**
   * Changes in order. A full list is followed by more.
   * @param since number of the last known change, 0 for all.
   */
  async changes(since: number): Promise<{ changes: Change[]; isFull: boolean }> {
    const changes = await this.lanes.reads.run(CHANGES, PARTITION, { since, most: MAX_CHANGES });
    return { changes, isFull: changes.length === MAX_CHANGES };
  }

  /** @param listener called when the local copy may differ from Redis. */
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
