import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { canonicalJson } from '../json/canonical.json.js';
import { LuaScript } from '../redis/lua.script.js';
import { partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { homeOf, kindOf } from '../topic/notification.id.js';
import { listOf, stringsOf } from '../topic/topic.limits.js';
import { qualified } from '../topic/topic.namespaces.js';
import type { Draft } from './notification.draft.js';

const script = (file: string): LuaScript => new LuaScript(import.meta.url, `./lua/${file}.lua`);
const CLAIM = script('claim');
const REFUSE = script('refuse');
const VOID = script('void');
const RECORD = script('record');
const SCHEDULE = script('schedule');
const FIND = script('find');

export interface Claim {
  readonly id: string;
  readonly createdAtMs: number;
  /** The key was known: the request is repeated. */
  readonly replayed: boolean;
}

/** A claim of which nothing is stored may have its request under way for this long. */
const UNDER_WAY_MS = 5_000;

/** What is answered once a key has gone to another request. */
export const keyTaken = (): PostriderError =>
  new PostriderError('idempotency_mismatch', 'The Idempotency-Key was used with another body: take a new key.');

export type RecordState = 'accepted' | 'scheduled' | 'releasing' | 'cancelled';

/** The record of a notification with several targets, or of a scheduled one. */
export interface StoredNotification {
  readonly state: RecordState;
  readonly draft: Draft;
  readonly endedAtMs?: number;
}

/** Idempotency keys and the records that belong to no single topic. */
@Injectable()
export class NotificationStore {
  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
  ) {}

  /**
   * One id for a key, whoever asks and however often. No lock: every request with the key drives the same id. Where nothing is stored under a key
   * because its request was refused, or failed some time ago, another body may have it; the id of the former is void from then on.
   * @throws PostriderError `idempotency_mismatch` where the key was used with another body.
   */
  async claim(owner: string, body: unknown, id: string, createdAtMs: number): Promise<Claim> {
    const hash = createHash('sha256').update(canonicalJson(body)).digest('base64url');
    const ask = async (former: string) => {
      const args = [owner, hash, id, createdAtMs, this.config.idempotencyTtlMs, former];
      const [known, holder = '', created, refused] = stringsOf(
        await this.lanes.commit.run(CLAIM, partitionOf(owner), args),
      );
      return { known, holder, heldSinceMs: Number(created), isRefused: refused !== '' };
    };
    let claim = await ask('');
    const { holder, heldSinceMs, isRefused } = claim;
    if (claim.known !== hash && (isRefused || createdAtMs - heldSinceMs >= UNDER_WAY_MS) && (await this.void(holder))) {
      claim = await ask(holder);
    }
    if (claim.known !== hash) throw keyTaken();
    return { id: claim.holder, createdAtMs: claim.heldSinceMs, replayed: claim.holder !== id };
  }

  /** Notes that nothing is stored of a request, so that its key can be used for another at once. */
  async refuse(owner: string, id: string): Promise<void> {
    await this.lanes.commit.run(REFUSE, partitionOf(owner), [owner, id]);
  }

  /** Sees to it that an id is never stored. @returns false where it is, or may be. */
  private async void(id: string): Promise<boolean> {
    const ttlMs = this.config.idempotencyTtlMs;
    if (await this.isVoid(homeOf(id), id, ttlMs)) return true;
    const stored = await this.find(id);
    if (kindOf(id) === 's' || stored?.state !== 'accepted') return false;
    const { app, topics } = stored.draft;
    const all = async (ttl: number | ''): Promise<boolean> => {
      const names = topics.map((topic) => qualified(app, topic));
      const each = await Promise.all(names.map((name) => this.isVoid(partitionOf(name), `${id}:${name}`, ttl)));
      return each.every(Boolean);
    };
    return (await all('')) && (await all(ttlMs));
  }

  private async isVoid(partition: number, record: string, ttlMs: number | ''): Promise<boolean> {
    return (await this.lanes.commit.run(VOID, partition, [record, ttlMs])) === 1;
  }

  /** Writes the record once. @returns the state it is in. @throws PostriderError where the key has gone to another request. */
  async record(id: string, draft: Draft, scheduled: boolean): Promise<RecordState> {
    const { recordRetentionMs } = this.config;
    const releaseAt = scheduled ? draft.releaseAtMs : '';
    const state = scheduled ? 'scheduled' : 'accepted';
    const args = [id, state, draft.expiresAtMs, recordRetentionMs, releaseAt, JSON.stringify(draft)];
    const reply = await this.lanes.commit.run(RECORD, homeOf(id), args);
    if (reply === 'void') throw keyTaken();
    return stateOf(reply) ?? state;
  }

  /** Moves a scheduled notification on. @returns its state afterwards, undefined where there is none. */
  async move(id: string, step: 'release' | 'released' | 'cancel'): Promise<RecordState | undefined> {
    return stateOf(await this.lanes.commit.run(SCHEDULE, homeOf(id), [id, step, this.config.recordRetentionMs]));
  }

  async find(id: string): Promise<StoredNotification | undefined> {
    const [state, payload, ended] = listOf(await this.lanes.commit.run(FIND, homeOf(id), [id]));
    const known = stateOf(state);
    if (!known) return undefined;
    // Written by `record` above.
    const draft = JSON.parse(String(payload)) as Draft;
    return { state: known, draft, ...(ended !== '' && { endedAtMs: Number(ended) }) };
  }
}

function stateOf(reply: unknown): RecordState | undefined {
  return reply === 'accepted' || reply === 'scheduled' || reply === 'releasing' || reply === 'cancelled'
    ? reply
    : undefined;
}
