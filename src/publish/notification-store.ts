import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { canonicalJson } from '../contract/json/canonical-json.js';
import { isOne, listOf, nothing, stringsOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { homeOf, kindOf } from '../contract/notification-id.js';
import { qualified } from '../topic/topic-namespaces.js';
import type { Draft } from './notification-draft.js';

export interface Claim {
  readonly id: string;
  readonly createdAtMs: number;
  /** True if the key was known, so the request is repeated. */
  readonly replayed: boolean;
}

/** How long the request of a claim may be in progress before anything is stored. */
const UNDER_WAY_MS = 5_000;

/** Error once a key has gone to another request. */
export const keyTaken = (): PostriderError =>
  new PostriderError('idempotency_mismatch', 'The Idempotency-Key was used with another body. Use a new key.');

export type RecordState = 'accepted' | 'scheduled' | 'releasing' | 'cancelled';
export type ScheduleStep = 'release' | 'released' | 'cancel';

/** Record of a notification with several targets, or of a scheduled one. */
export interface StoredNotification {
  readonly state: RecordState;
  readonly draft: Draft;
  readonly endedAtMs?: number;
}

const script = scriptsOf(import.meta.url);

const CLAIM = script(
  'claim',
  (given: { owner: string; hash: string; id: string; createdAtMs: number; ttlMs: number; former: string }) => [
    given.owner,
    given.hash,
    given.id,
    given.createdAtMs,
    given.ttlMs,
    given.former,
  ],
  (reply) => {
    const [known, holder = '', created, refused] = stringsOf(reply);
    return { known, holder, heldSinceMs: Number(created), isRefused: refused !== '' };
  },
);

const REFUSE = script('refuse', ({ owner, id }: { owner: string; id: string }) => [owner, id], nothing);

const VOID = script('void', ({ record, ttlMs }: { record: string; ttlMs: number | '' }) => [record, ttlMs], isOne);

const RECORD = script(
  'record',
  (given: { id: string; state: RecordState; draft: Draft; retentionMs: number; releaseAtMs: number | undefined }) => [
    given.id,
    given.state,
    given.draft.expiresAtMs,
    given.retentionMs,
    given.releaseAtMs ?? '',
    JSON.stringify(given.draft),
  ],
  (reply) => (reply === 'void' ? 'void' : stateOf(reply)),
);

const SCHEDULE = script(
  'schedule',
  ({ id, step, retentionMs }: { id: string; step: ScheduleStep; retentionMs: number }) => [id, step, retentionMs],
  stateOf,
);

const FIND = script(
  'find',
  ({ id }: { id: string }) => [id],
  (reply): StoredNotification | undefined => {
    const [text, payload, ended] = listOf(reply);
    const state = stateOf(text);
    if (!state) return undefined;
    // The JSON that `RECORD` wrote.
    const draft = JSON.parse(String(payload)) as Draft;
    return { state, draft, ...(ended !== '' && { endedAtMs: Number(ended) }) };
  },
);

/** Idempotency keys, and records that do not belong to a single topic. */
@Injectable()
export class NotificationStore {
  constructor(
    private readonly settings: DeliverySettings,
    private readonly lanes: RedisLanes,
  ) {}

  /**
   * Returns one id for each key, without a lock: all requests with the key store the same id. If
   * nothing is stored under a key, because its request was refused or failed some time ago, another
   * body may take it; the former id is then void.
   * @throws PostriderError `idempotency_mismatch` if the key was used with another body.
   */
  async claim(owner: string, body: unknown, id: string, createdAtMs: number): Promise<Claim> {
    const hash = createHash('sha256').update(canonicalJson(body)).digest('base64url');
    const ask = async (former: string) => {
      const given = { owner, hash, id, createdAtMs, ttlMs: this.settings.idempotencyTtlMs, former };
      return this.lanes.commit.run(CLAIM, partitionOf(owner), given);
    };
    let claim = await ask('');
    const { holder, heldSinceMs, isRefused } = claim;
    if (claim.known !== hash && (isRefused || createdAtMs - heldSinceMs >= UNDER_WAY_MS) && (await this.void(holder))) {
      claim = await ask(holder);
    }
    if (claim.known !== hash) throw keyTaken();
    return { id: claim.holder, createdAtMs: claim.heldSinceMs, replayed: claim.holder !== id };
  }

  /**
   * Records that nothing of a request is stored, so that its key can be used for another one at
   * once.
   */
  async refuse(owner: string, id: string): Promise<void> {
    await this.lanes.commit.run(REFUSE, partitionOf(owner), { owner, id });
  }

  /**
   * Prevents an id from ever being stored.
   * @returns false if it is stored, or may be.
   */
  private async void(id: string): Promise<boolean> {
    const ttlMs = this.settings.idempotencyTtlMs;
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
    return this.lanes.commit.run(VOID, partition, { record, ttlMs });
  }

  /**
   * Writes the record once.
   * @returns its state.
   * @throws PostriderError if the key has gone to another request.
   */
  async record(id: string, draft: Draft, scheduled: boolean): Promise<RecordState> {
    const state = scheduled ? 'scheduled' : 'accepted';
    const releaseAtMs = scheduled ? draft.releaseAtMs : undefined;
    const given = { id, state, draft, retentionMs: this.settings.recordRetentionMs, releaseAtMs } as const;
    const outcome = await this.lanes.commit.run(RECORD, homeOf(id), given);
    if (outcome === 'void') throw keyTaken();
    return outcome ?? state;
  }

  /**
   * Advances a scheduled notification.
   * @returns its state afterwards, undefined if there is none.
   */
  async move(id: string, step: ScheduleStep): Promise<RecordState | undefined> {
    return this.lanes.commit.run(SCHEDULE, homeOf(id), { id, step, retentionMs: this.settings.recordRetentionMs });
  }

  async find(id: string): Promise<StoredNotification | undefined> {
    return this.lanes.commit.run(FIND, homeOf(id), { id });
  }
}

function stateOf(reply: unknown): RecordState | undefined {
  return reply === 'accepted' || reply === 'scheduled' || reply === 'releasing' || reply === 'cancelled'
    ? reply
    : undefined;
}
