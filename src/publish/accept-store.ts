import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import type { Accepted } from '../contract/notification-answers.schema.js';
import { newId } from '../contract/notification-id.js';
import { requireDate } from '../contract/notification.schema.js';
import { partitionOf } from '../contract/partition.js';
import { type ErrorCode, PostriderError } from '../contract/postrider-error.js';
import { ReleaseQueue } from '../queue/release-queue.js';
import { qualified } from '../topic/topic-namespaces.js';
import type { Plan } from './accept-planner.js';
import { Committer } from './committer.js';
import { Failed } from './failed.js';
import type { Draft } from './notification-draft.js';
import { NotificationStore } from './notification-store.js';

/** Planned notification to store. */
export interface Order {
  readonly plan: Plan;
  /** Idempotency key. */
  readonly key: string | undefined;
}

/** Outcome of an accept; `replayed` if the same request was answered before. */
export interface AcceptOutcome {
  readonly replayed: boolean;
  readonly result: Accepted;
}

/** Order in progress. */
interface Drive {
  readonly order: Order;
  readonly isScheduled: boolean;
  /** True if the id has one record only, in the log of its only topic. */
  readonly isSingle: boolean;
  id: string;
  draft: Draft;
  /** Owner of the claimed idempotency key. */
  owner?: string;
  replayed: boolean;
  outcome?: Accepted | Failed;
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

  /**
   * Stores each id completely, however often it is called. Each topic takes its notifications in
   * the order of the orders.
   * @returns an outcome for each order.
   */
  async drive(publisher: Publisher, orders: readonly Order[]): Promise<(AcceptOutcome | Failed)[]> {
    const drives = orders.map(driveOf);
    const keyed = drives.filter(({ order }) => order.key !== undefined);
    if (keyed.length > 0) await each(keyed, (drive) => this.claim(publisher, drive));
    const recorded = drives.filter(({ isSingle, outcome }) => !isSingle && !outcome);
    if (recorded.length > 0) await each(recorded, (drive) => this.record(drive));
    const due = drives.filter(({ outcome }) => !outcome);
    if (due.length > 0) await this.commit(due);
    const refused = keyed.filter(hasStoredNothing);
    if (refused.length > 0) await each(refused, (drive) => this.refuse(drive));
    return drives.map(outcomeOf);
  }

  private async claim({ app, name }: Publisher, drive: Drive): Promise<void> {
    const { order, id } = drive;
    const { body, draft } = order.plan;
    // Neither part has a space, so different owners have different texts.
    const owner = `${app} ${name} ${order.key}`;
    const claim = await this.store.claim(owner, body, id, draft.createdAtMs);
    drive.owner = owner;
    drive.id = claim.id;
    drive.replayed = claim.replayed;
    drive.draft = shifted(draft, claim.createdAtMs, body.deliverAt !== undefined);
    requireDate(body, claim.createdAtMs);
  }

  /** Writes the record of a notification that has several targets, or a schedule. */
  private async record(drive: Drive): Promise<void> {
    const { id, draft, isScheduled } = drive;
    await this.store.record(id, draft, isScheduled);
    if (!isScheduled) return;
    await this.releases.add(id, draft.releaseAtMs);
    drive.outcome = { id, state: 'scheduled', targets: draft.topics.map((topic) => ({ topic })) };
  }

  private async commit(due: readonly Drive[]): Promise<void> {
    const all = await this.committer.commitAll(due);
    due.forEach((drive, index) => {
      const targets = all[index] ?? [];
      drive.outcome = targets instanceof Failed ? targets : { id: drive.id, state: 'accepted', targets };
    });
  }

  private async refuse({ owner = '', id }: Drive): Promise<void> {
    // If this is lost, another body only has to wait until the claim is old.
    await this.store.refuse(owner, id).catch(() => undefined);
  }
}

function driveOf(order: Order): Drive {
  const { body, draft } = order.plan;
  const { app, topics, createdAtMs } = draft;
  const [first = ''] = topics;
  const isScheduled = body.deliverAt !== undefined || (body.delayMs ?? 0) > 0;
  const isSingle = topics.length === 1 && !isScheduled;
  const id = newId(isSingle ? 's' : 'm', partitionOf(qualified(app, first)), createdAtMs);
  return { order, isScheduled, isSingle, id, draft, replayed: false };
}

/** Takes a step with each drive, which fails if the step does. */
async function each(drives: readonly Drive[], step: (drive: Drive) => Promise<void>): Promise<void> {
  await Promise.all(
    drives.map((drive) => step(drive).catch((error: unknown) => void (drive.outcome = new Failed(error)))),
  );
}

const hasStoredNothing = ({ owner, outcome }: Drive): boolean =>
  owner !== undefined &&
  outcome instanceof Failed &&
  outcome.error instanceof PostriderError &&
  STORED_NOTHING.has(outcome.error.code);

function outcomeOf({ outcome, replayed }: Drive): AcceptOutcome | Failed {
  if (!outcome || outcome instanceof Failed) return outcome ?? new Failed(undefined);
  return { replayed, result: outcome };
}

/**
 * A repeated request gets the creation time of its first attempt, so that all attempts store the
 * same entry.
 */
function shifted(draft: Draft, createdAtMs: number, absolute: boolean): Draft {
  const byMs = absolute ? 0 : createdAtMs - draft.createdAtMs;
  return { ...draft, createdAtMs, releaseAtMs: draft.releaseAtMs + byMs, expiresAtMs: draft.expiresAtMs + byMs };
}
