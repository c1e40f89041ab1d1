import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import type { Accepted } from '../contract/notification-answers.schema.js';
import { newId } from '../contract/notification-id.js';
import { type NotificationBody, requireDate } from '../contract/notification.schema.js';
import { partitionOf } from '../contract/partition.js';
import { type ErrorCode, PostriderError } from '../contract/postrider-error.js';
import { ReleaseQueue } from '../queue/release-queue.js';
import { qualified } from '../topic/topic-namespaces.js';
import { Committer } from './committer.js';
import type { Draft } from './notification-draft.js';
import { NotificationStore } from './notification-store.js';

/** Outcome of an accept; `replayed` if the same request was answered before. */
export interface AcceptOutcome {
  readonly replayed: boolean;
  readonly result: Accepted;
}

/** Refusals after which nothing is stored if every target refused. */
const STORED_NOTHING: ReadonlySet<string> = new Set<ErrorCode>(['topic_full', 'session_not_found', 'invalid_request']);

/** Stores accepted notifications once for each idempotency key, now or at their scheduled time. */
@Injectable()
export class AcceptStore {
  constructor(
    private readonly store: NotificationStore,
    private readonly committer: Committer,
    private readonly releases: ReleaseQueue,
  ) {}

  /** Stores one id completely, however often it is called. */
  async drive(
    publisher: Publisher,
    body: NotificationBody,
    fresh: Draft,
    key: string | undefined,
  ): Promise<AcceptOutcome> {
    const scheduled = body.deliverAt !== undefined || (body.delayMs ?? 0) > 0;
    const [first = ''] = fresh.topics;
    const single = fresh.topics.length === 1 && !scheduled;
    let id = newId(single ? 's' : 'm', partitionOf(qualified(fresh.app, first)), fresh.createdAtMs);
    let draft = fresh;
    let replayed = false;
    const store = async (): Promise<Accepted> => {
      if (scheduled) return this.schedule(id, draft);
      if (!single) await this.store.record(id, draft, false);
      return { id, state: 'accepted', targets: await this.committer.commit(id, draft) };
    };
    if (key === undefined) return { replayed, result: await store() };
    // Neither part has a space, so different owners have different texts.
    const owner = `${publisher.app} ${publisher.name} ${key}`;
    const claim = await this.store.claim(owner, body, id, fresh.createdAtMs);
    ({ id, replayed } = claim);
    draft = shifted(fresh, claim.createdAtMs, body.deliverAt !== undefined);
    try {
      requireDate(body, claim.createdAtMs);
      return { replayed, result: await store() };
    } catch (error) {
      if (error instanceof PostriderError && STORED_NOTHING.has(error.code)) {
        // If this is lost, another body only has to wait until the claim is old.
        await this.store.refuse(owner, id).catch(() => undefined);
      }
      throw error;
    }
  }

  private async schedule(id: string, draft: Draft): Promise<Accepted> {
    await this.store.record(id, draft, true);
    await this.releases.add(id, draft.releaseAtMs);
    return { id, state: 'scheduled', targets: draft.topics.map((topic) => ({ topic })) };
  }
}

/**
 * A repeated request gets the creation time of its first attempt, so that all attempts store the
 * same entry.
 */
function shifted(draft: Draft, createdAtMs: number, absolute: boolean): Draft {
  const byMs = absolute ? 0 : createdAtMs - draft.createdAtMs;
  return { ...draft, createdAtMs, releaseAtMs: draft.releaseAtMs + byMs, expiresAtMs: draft.expiresAtMs + byMs };
}
