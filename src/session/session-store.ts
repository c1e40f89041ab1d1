import { Injectable } from '@nestjs/common';
import { SessionSettings } from '../config/settings.js';
import { isOne, listOf, nothing, pairsOf, rowsOf, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { ALL_PARTITIONS, groupByPartition, PARTITIONS, partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { hexOf, homeOf, newMark, randomDigits } from '../contract/notification-id.js';
import { qualified } from '../topic/topic-namespaces.js';
import { JOINS, OPEN, type Opened } from './open-script.js';

/** Session as stored. */
export interface SessionRecord {
  readonly id: string;
  readonly user: string;
  readonly app: string;
  readonly state: 'open' | 'suspended' | 'expired';
  /** Node that holds it, or held it last. */
  readonly node: string;
  readonly generation: number;
  /** Time at which it entered this state, in ms by the clock of Redis. */
  readonly sinceMs: number;
  readonly topics: readonly string[];
}

export interface Resumed {
  readonly generation: number;
  /** Topics, each with the text of a `SentRecord`. */
  readonly topics: ReadonlyMap<string, string>;
}

/** Conditions for resuming a session. */
export interface Asked {
  /** Its client has no connection newer than this time, by the clock of Redis. */
  readonly atMs?: number | undefined;
  /** Nobody has taken it over since it had this generation. */
  readonly generation?: number;
}

/** Session as its own node finds it in the records. */
export interface Held {
  readonly generation: number;
  /** True if it has been held long enough for the opening node to have got the answer. */
  readonly settled: boolean;
}

/** Suspended session, with the topics in which it has to go offline. */
export interface Suspended {
  readonly app: string;
  readonly topics: readonly string[];
}

/** Holder of a session. */
export interface Holder {
  readonly user: string;
  readonly app: string;
  readonly node: string;
  readonly open: boolean;
}

export interface Ended {
  readonly app: string;
  readonly generation: number;
  readonly topics: readonly string[];
}

const SESSION_ID = /^[0-9a-z]{24}[0-3][0-9a-f]$/;
export const isSessionId = (text: string): boolean => SESSION_ID.test(text);

/** Findings for the sweep. */
export interface Due {
  readonly expiring: readonly string[];
  readonly orphans: readonly { readonly id: string; readonly node: string }[];
  readonly holders: readonly string[];
}

const script = scriptsOf(import.meta.url);

const RESUME_REFUSALS: Readonly<Record<number, 'gone' | 'foreign' | 'overtaken'>> = {
  0: 'gone',
  [-1]: 'foreign',
  [-2]: 'overtaken',
};
const RESUME = script(
  'resume',
  ({ id, user, app, node, asked }: { id: string; user: string; app: string; node: string; asked: Asked }) => [
    id,
    user,
    app,
    node,
    asked.generation ?? '',
    asked.atMs ?? '',
  ],
  (reply): Resumed | 'gone' | 'foreign' | 'overtaken' => {
    const [status, generation, topics] = listOf(reply);
    return RESUME_REFUSALS[Number(status)] ?? { generation: Number(generation), topics: pairsOf(topics) };
  },
);

const SUSPEND = script(
  'suspend',
  (given: {
    id: string;
    node: string;
    generation: number | undefined;
    ttlMs: number;
    records: ReadonlyMap<string, string>;
  }) => [given.id, given.node, given.generation ?? '', given.ttlMs, ...[...given.records].flat()],
  (reply): Suspended | undefined => {
    const [status, app = '', ...topics] = stringsOf(reply);
    return status === '1' ? { app, topics } : undefined;
  },
);

const TOPIC = script(
  'topic',
  (given: { id: string; generation: number | undefined; topic: string; change: 'add' | 'remove' }) => [
    given.id,
    given.generation ?? '',
    given.topic,
    given.change,
  ],
  (reply): Holder | undefined => {
    const [status, user = '', node = '', state, app = ''] = stringsOf(reply);
    return status === '1' ? { user, app, node, open: state === 'open' } : undefined;
  },
);

const EXPIRE = script(
  'expire',
  ({ id, app, suspendedAtMs }: { id: string; app: string | undefined; suspendedAtMs: number | undefined }) => [
    id,
    app ?? '',
    suspendedAtMs ?? '',
  ],
  (reply): Ended | undefined => {
    const [status, app, , generation, topics] = listOf(reply);
    if (!isOne(status)) return undefined;
    return { app: String(app), generation: Number(generation), topics: [...pairsOf(topics).keys()] };
  },
);

const FORGET = script('forget', ({ id }: { id: string }) => [id], nothing);

const DUE = script(
  'due',
  ({ most, gone }: { most: number; gone: readonly string[] }) => [most, ...gone],
  (reply): Due => {
    const [expiring, orphans, holders] = listOf(reply);
    return {
      expiring: stringsOf(expiring),
      orphans: [...pairsOf(orphans)].map(([id, node]) => ({ id, node })),
      holders: stringsOf(holders),
    };
  },
);

const GET = script(
  'get',
  ({ ids }: { ids: readonly string[] }) => ids,
  (reply) => listOf(reply).map(pairsOf),
);

const HELD = script(
  'held',
  ({ node, settledMs }: { node: string; settledMs: number }) => [node, settledMs],
  (reply): Map<string, Held> =>
    new Map(
      rowsOf(reply, 3).map(([id = '', generation, settled]): [string, Held] => [
        id,
        { generation: Number(generation), settled: isOne(settled) },
      ]),
    ),
);

const SINCE = script('since', ({ ids }: { ids: readonly string[] }) => ids, stringsOf);

/** Maximum overdue sessions found in one partition at a time. */
const MAX_DUE = 500;

/**
 * Session records. Every change of state is one script that compares the expected state
 * (lua/include/session.lua has the rules). Changes are confirmed like memberships: a record lost by
 * a failover would leave members that nobody removes.
 */
@Injectable()
export class SessionStore {
  constructor(
    private readonly settings: SessionSettings,
    private readonly lanes: RedisLanes,
  ) {}

  /**
   * Creates a session in state open, generation 1. It also joins its topics, at most two, if one
   * script can do that: not on Cluster.
   */
  async open(user: string, app: string, node: string, topics: readonly string[]): Promise<Opened> {
    const { commit } = this.lanes;
    const home = Math.floor(Math.random() * PARTITIONS);
    const id = randomDigits(24) + hexOf(home);
    const all = [home, ...topics.map((topic) => partitionOf(qualified(app, topic)))];
    const partitions = commit.reachesAll(all) ? all : [home];
    const given = { id, user, app, node, epoch: newMark(), topics };
    const memberships = await commit.join(OPEN, partitions, JOINS[partitions.length - 1] ?? [], given);
    return { id, memberships };
  }

  /**
   * Takes over a session.
   * @param asked time of the client's request (ms by the clock of Redis), or the generation that it
   * must still have.
   * @returns `gone` if it is unknown or expired, `foreign` if it belongs to another user,
   * `overtaken` if its client has a newer connection than the requesting one.
   */
  async resume(
    id: string,
    user: string,
    app: string,
    node: string,
    asked: Asked = {},
  ): Promise<Resumed | 'gone' | 'foreign' | 'overtaken'> {
    if (!isSessionId(id)) return 'gone';
    return this.lanes.commit.run(RESUME, homeOf(id), { id, user, app, node, asked });
  }

  /**
   * Suspends a session.
   * @param generation generation of the holder; without one, the caller reaps a dead node.
   * @param records text of a `SentRecord` by topic.
   * @returns the topics in which to go offline; undefined if somebody else holds the session by
   * now.
   */
  async suspend(
    id: string,
    node: string,
    generation?: number,
    records: ReadonlyMap<string, string> = new Map(),
  ): Promise<Suspended | undefined> {
    const ttlMs = this.settings.sessionTtlMs;
    return this.lanes.commit.run(SUSPEND, homeOf(id), { id, node, generation, ttlMs, records });
  }

  /**
   * Adds a topic to the record, before the subscription.
   * @returns the holder of the session, if it exists.
   */
  async addTopic(id: string, topic: string, generation?: number): Promise<Holder | undefined> {
    return this.lanes.commit.run(TOPIC, homeOf(id), { id, generation, topic, change: 'add' });
  }

  async removeTopic(id: string, topic: string, generation: number): Promise<boolean> {
    const holder = await this.lanes.commit.run(TOPIC, homeOf(id), { id, generation, topic, change: 'remove' });
    return holder !== undefined;
  }

  /**
   * Ends a session.
   * @param app owner of the session; without it, only a session past its deadline ends.
   * @param suspendedAtMs requires that it has been suspended since then.
   */
  async expire(id: string, app?: string, suspendedAtMs?: number): Promise<Ended | undefined> {
    if (!isSessionId(id)) return undefined;
    return this.lanes.commit.run(EXPIRE, homeOf(id), { id, app, suspendedAtMs });
  }

  /** Suspended ones among some sessions, with the time of their suspension. */
  async suspendedSince(ids: readonly string[]): Promise<Map<string, number>> {
    const since = new Map<string, number>();
    await Promise.all(
      [...groupByPartition(ids.filter(isSessionId), homeOf)].map(async ([partition, some]) => {
        const replies = await this.lanes.facts.run(SINCE, partition, { ids: some });
        some.forEach((id, index) => {
          if (replies[index]) since.set(id, Number(replies[index]));
        });
      }),
    );
    return since;
  }

  async forget(id: string): Promise<void> {
    await this.lanes.facts.run(FORGET, homeOf(id), { id });
  }

  /** Sessions past their deadline, those held by dead nodes, and the nodes that hold any. */
  async due(gone: readonly string[]): Promise<Due> {
    const found = await Promise.all(
      ALL_PARTITIONS.map((partition) => this.lanes.facts.run(DUE, partition, { most: MAX_DUE, gone })),
    );
    return {
      expiring: found.flatMap(({ expiring }) => expiring),
      orphans: found.flatMap(({ orphans }) => orphans),
      holders: [...new Set(found.flatMap(({ holders }) => holders))],
    };
  }

  /**
   * Sessions of one partition that a node holds.
   * @param settledMs age from which a session counts as settled.
   */
  async held(partition: number, node: string, settledMs: number): Promise<Map<string, Held>> {
    return this.lanes.facts.run(HELD, partition, { node, settledMs });
  }

  /** Records of sessions in the given order; undefined for those that are gone. */
  async find(ids: readonly string[]): Promise<(SessionRecord | undefined)[]> {
    const byPartition = groupByPartition(new Set(ids.filter(isSessionId)), homeOf);
    const found = new Map<string, SessionRecord | undefined>();
    await Promise.all(
      [...byPartition].map(async ([partition, members]) => {
        const records = await this.lanes.commit.run(GET, partition, { ids: members });
        members.forEach((id, index) => found.set(id, toRecord(id, records[index] ?? new Map())));
      }),
    );
    return ids.map((id) => found.get(id));
  }
}

function toRecord(id: string, fields: Map<string, string>): SessionRecord | undefined {
  const state = fields.get('state');
  if (state !== 'open' && state !== 'suspended' && state !== 'expired') return undefined;
  return {
    id,
    state,
    user: fields.get('user') ?? '',
    app: fields.get('app') ?? '',
    node: fields.get('node') ?? '',
    generation: Number(fields.get('gen')),
    sinceMs: Number(fields.get('since')),
    topics: [...fields.keys()].filter((field) => field.startsWith('t:')).map((field) => field.slice(2)),
  };
}
