import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { LuaScript } from '../redis/lua.script.js';
import { partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { homeOf } from '../topic/notification.id.js';
import { listOf, stringsOf } from '../topic/topic.limits.js';
import type { Draft } from './notification.draft.js';

const script = (file: string): LuaScript => new LuaScript(import.meta.url, `./lua/${file}.lua`);
const CLAIM = script('claim');
const RECORD = script('record');
const SCHEDULE = script('schedule');
const FIND = script('find');

export interface Claim {
  readonly id: string;
  readonly createdAtMs: number;
  /** The key was known: the request is repeated. */
  readonly replayed: boolean;
}

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
   * One id for a key, whoever asks and however often. No lock: every request with the key drives the same id.
   * @throws PostriderError `idempotency_mismatch` where the key was used with another body.
   */
  async claim(owner: string, body: unknown, id: string, createdAtMs: number): Promise<Claim> {
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
    const args = [owner, hash, id, createdAtMs, this.config.idempotencyTtlMs];
    const [known, knownId = '', created] = stringsOf(await this.lanes.commit.run(CLAIM, partitionOf(owner), args));
    if (known !== hash) {
      throw new PostriderError(
        'idempotency_mismatch',
        'The Idempotency-Key was used with another body: take a new key.',
      );
    }
    return { id: knownId, createdAtMs: Number(created), replayed: knownId !== id };
  }

  /** Writes the record once. @returns the state it is in. */
  async record(id: string, draft: Draft, scheduled: boolean): Promise<RecordState> {
    const { recordRetentionMs } = this.config;
    const releaseAt = scheduled ? draft.releaseAtMs : '';
    const state = scheduled ? 'scheduled' : 'accepted';
    const args = [id, state, draft.expiresAtMs, recordRetentionMs, releaseAt, JSON.stringify(draft)];
    return stateOf(await this.lanes.commit.run(RECORD, homeOf(id), args)) ?? state;
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
