import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { LuaScript } from '../redis/lua.script.js';
import { ALL_PARTITIONS, groupByPartition, PARTITIONS } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { hexOf, homeOf, randomDigits } from '../topic/notification.id.js';
import { listOf, pairsOf, stringsOf } from '../topic/topic.limits.js';

const script = (file: string): LuaScript => new LuaScript(import.meta.url, `./lua/${file}.lua`, './lua/lib.lua');
const OPEN = script('open');
const RESUME = script('resume');
const SUSPEND = script('suspend');
const TOPIC = script('topic');
const EXPIRE = script('expire');
const FORGET = script('forget');
const DUE = script('due');
const GET = script('get');
const HELD = script('held');
const SINCE = script('since');

/** A session as stored. */
export interface SessionRecord {
  readonly id: string;
  readonly user: string;
  readonly app: string;
  readonly state: 'open' | 'suspended' | 'expired';
  /** The node that holds it, or held it last. */
  readonly node: string;
  readonly generation: number;
  /** Since when it is in this state, ms by Redis' clock. */
  readonly sinceMs: number;
  readonly topics: readonly string[];
}

export interface Resumed {
  readonly generation: number;
  /** Its topics, each with the text of a `SentMark`. */
  readonly topics: ReadonlyMap<string, string>;
}

/** What has to hold for a session to be resumed. */
export interface Asked {
  /** Its client has no newer connection than of this moment, by Redis' clock. */
  readonly atMs?: number | undefined;
  /** Nobody has taken it over since it had this generation. */
  readonly generation?: number;
}

/** A session as the node that holds it finds it in the records. */
export interface Held {
  readonly generation: number;
  /** Whether it has been held long enough for whoever opened or resumed it to have been told. */
  readonly settled: boolean;
}

export interface Ended {
  readonly app: string;
  readonly generation: number;
  readonly topics: readonly string[];
}

const SESSION_ID = /^[0-9a-z]{24}[0-3][0-9a-f]$/;
export const isSessionId = (text: string): boolean => SESSION_ID.test(text);

/** What the sweep has to look at. */
export interface Due {
  readonly expiring: readonly string[];
  readonly orphans: readonly { readonly id: string; readonly node: string }[];
  readonly holders: readonly string[];
}

/**
 * Session records; every change of state is one script that compares what it expects (lua/lib.lua has the rules). Changes are
 * confirmed, as memberships are: a record that a failover forgets would leave members that nobody ever removes.
 */
@Injectable()
export class SessionStore {
  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
  ) {}

  /** @returns the id of a new session in state open, generation 1. */
  async open(user: string, app: string, node: string, topics: readonly string[]): Promise<string> {
    const id = randomDigits(24) + hexOf(Math.floor(Math.random() * PARTITIONS));
    await this.lanes.commit.run(OPEN, homeOf(id), [id, user, app, node, ...topics]);
    return id;
  }

  /**
   * @param asked when its client asked for it (ms by Redis' clock), or the generation that it must still have.
   * @returns `gone` when it is unknown or expired, `foreign` when it belongs to another user, `overtaken` when its client has
   * a newer connection than the one that asked.
   */
  async resume(
    id: string,
    user: string,
    app: string,
    node: string,
    { atMs, generation: expected }: Asked = {},
  ): Promise<Resumed | 'gone' | 'foreign' | 'overtaken'> {
    if (!isSessionId(id)) return 'gone';
    const args = [id, user, app, node, expected ?? '', atMs ?? ''];
    const [status, generation, topics] = listOf(await this.lanes.commit.run(RESUME, homeOf(id), args));
    if (Number(status) === 0) return 'gone';
    if (Number(status) === -1) return 'foreign';
    if (Number(status) === -2) return 'overtaken';
    return { generation: Number(generation), topics: pairsOf(topics) };
  }

  /**
   * @param generation of the holder; without one, the reaper speaks for a node that is gone.
   * @param marks text of a `SentMark` by topic.
   * @returns the topics to be left offline, or undefined when the session is somebody else's by now.
   */
  async suspend(
    id: string,
    node: string,
    generation?: number,
    marks: ReadonlyMap<string, string> = new Map(),
  ): Promise<{ app: string; topics: string[] } | undefined> {
    const args = [id, node, generation ?? '', this.config.sessionTtlMs, ...[...marks].flat()];
    const [status, app, ...topics] = stringsOf(await this.lanes.commit.run(SUSPEND, homeOf(id), args));
    return status === '1' ? { app: app ?? '', topics } : undefined;
  }

  /** Writes a topic into the record, before its subscription. @returns who holds the session, if it lives. */
  async addTopic(
    id: string,
    topic: string,
    generation?: number,
  ): Promise<{ user: string; app: string; node: string; open: boolean } | undefined> {
    const args = [id, generation ?? '', topic, 'add'];
    const [status, user = '', node = '', state, app = ''] = stringsOf(
      await this.lanes.commit.run(TOPIC, homeOf(id), args),
    );
    return status === '1' ? { user, app, node, open: state === 'open' } : undefined;
  }

  async removeTopic(id: string, topic: string, generation: number): Promise<boolean> {
    const [status] = listOf(await this.lanes.commit.run(TOPIC, homeOf(id), [id, generation, topic, 'remove']));
    return Number(status) === 1;
  }

  /**
   * @param app ends it now if it is this app's; without one only a session past its deadline ends.
   * @param suspendedAtMs only if it has been suspended ever since.
   */
  async expire(id: string, app?: string, suspendedAtMs?: number): Promise<Ended | undefined> {
    if (!isSessionId(id)) return undefined;
    const reply = listOf(await this.lanes.commit.run(EXPIRE, homeOf(id), [id, app ?? '', suspendedAtMs ?? '']));
    if (Number(reply[0]) !== 1) return undefined;
    return { app: String(reply[1]), generation: Number(reply[3]), topics: [...pairsOf(reply[4]).keys()] };
  }

  /** Those of some sessions that are suspended, with the moment since when they are. */
  async suspendedSince(ids: readonly string[]): Promise<Map<string, number>> {
    const since = new Map<string, number>();
    await Promise.all(
      [...groupByPartition(ids.filter(isSessionId), homeOf)].map(async ([partition, some]) => {
        const replies = stringsOf(await this.lanes.facts.run(SINCE, partition, some));
        some.forEach((id, index) => {
          if (replies[index]) since.set(id, Number(replies[index]));
        });
      }),
    );
    return since;
  }

  async forget(id: string): Promise<void> {
    await this.lanes.facts.run(FORGET, homeOf(id), [id]);
  }

  /** Sessions past their deadline, those held by nodes that are gone, and the nodes that hold any. */
  async due(gone: readonly string[]): Promise<Due> {
    const replies = await Promise.all(ALL_PARTITIONS.map((p) => this.lanes.facts.run(DUE, p, [500, ...gone])));
    return {
      expiring: replies.flatMap((reply) => stringsOf(listOf(reply)[0])),
      orphans: replies.flatMap((reply) => [...pairsOf(listOf(reply)[1])].map(([id, node]) => ({ id, node }))),
      holders: [...new Set(replies.flatMap((reply) => stringsOf(listOf(reply)[2])))],
    };
  }

  /** What a node holds of one partition's sessions. @param settledMs age from which it counts as settled. */
  async held(partition: number, node: string, settledMs: number): Promise<Map<string, Held>> {
    const reply = listOf(await this.lanes.facts.run(HELD, partition, [node, settledMs]));
    const held = new Map<string, Held>();
    for (let i = 0; i < reply.length; i += 3) {
      held.set(String(reply[i]), { generation: Number(reply[i + 1]), settled: Number(reply[i + 2]) === 1 });
    }
    return held;
  }

  /** The records of sessions, in the order asked for; undefined for those that are gone. */
  async find(ids: readonly string[]): Promise<(SessionRecord | undefined)[]> {
    const byPartition = groupByPartition(new Set(ids.filter(isSessionId)), homeOf);
    const found = new Map<string, SessionRecord | undefined>();
    await Promise.all(
      [...byPartition].map(async ([partition, members]) => {
        const replies = listOf(await this.lanes.commit.run(GET, partition, members));
        members.forEach((id, index) => found.set(id, toRecord(id, pairsOf(replies[index]))));
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
