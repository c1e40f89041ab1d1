import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Publisher } from '../contract/publisher.js';
import { PostriderError } from '../contract/postrider-error.js';
import { decodeCursor, encodeCursor } from '../contract/page.js';
import { postriderErrorOf, problemOf } from '../contract/problem.js';
import { readJson } from '../contract/json/json-reader.js';
import type { JsonText } from '../contract/json/json-text.js';
import { EventLogger } from '../observability/event-logger.js';
import type { TraceContext } from '../observability/tracing.js';
import { type DeadLetter as StoredLetter, DeadLetterStore } from '../topic/dead-letter-store.js';
import { timeOf } from '../contract/notification-id.js';
import { topicOf } from '../topic/topic-namespaces.js';
import type {
  DeadLetter,
  DeadLettersPage,
  DroppedMany,
  Replayed,
  ReplayedMany,
} from '../contract/dead-letter.schema.js';
import { CONTENT } from '../publish/notification-draft.js';
import { NotificationService } from '../publish/notification.service.js';
import type { DeadLettersQuery } from '../contract/query.schema.js';

const DAY_MS = 86_400_000;
/** Maximum pages read for one answer, so that a selective filter cannot read everything. */
const MAX_READS = 20;

/** Lists, replays and drops dead letters. */
@Injectable()
export class DeadLetterService {
  private readonly logger = new EventLogger(DeadLetterService.name);

  constructor(
    private readonly store: DeadLetterStore,
    private readonly notifications: NotificationService,
  ) {}

  /**
   * Lists the newest first. With a filter, a page may hold fewer than `limit` items and still have
   * a `next`.
   */
  async list(app: string, { limit, cursor, ...filter }: DeadLettersQuery): Promise<DeadLettersPage> {
    const from = cursor === undefined ? '' : decodeCursor(cursor, z.string());
    // Awaited together, so that a rejection of the count is never unhandled.
    const [total, { items, before }] = await Promise.all([this.store.count(app), this.read(app, limit, from, filter)]);
    return { items, next: before === undefined ? null : encodeCursor(before), total };
  }

  private async read(
    app: string,
    limit: number,
    from: string,
    filter: Filter,
  ): Promise<{ items: DeadLetter[]; before: string | undefined }> {
    let before: string | undefined = from;
    const items: DeadLetter[] = [];
    for (let reads = 0; reads < MAX_READS && before !== undefined && items.length < limit; reads++) {
      const page = await this.store.page(app, limit - items.length, before);
      items.push(...page.letters.map(answerOf).filter((letter) => matches(letter, filter)));
      before = page.next;
    }
    return { items, before };
  }

  /**
   * Sends a dead letter again as a new notification to the same topic. A fixed idempotency key
   * makes repeated calls create only one.
   * @param parent span of the request.
   * @throws PostriderError `dead_letter_not_found`, or any error of an accept.
   */
  async replay(publisher: Publisher, id: string, parent?: TraceContext): Promise<Replayed> {
    const letter = await this.find(publisher.app, id);
    const { type, data, correlationId, traceparent } = contentOf(letter);
    const { ackWaitMs, maxAttempts, ttlMs } = letter;
    const body = {
      to: { topic: topicOf(letter.name) },
      type,
      data,
      ack: letter.policy,
      ...(ackWaitMs !== undefined && { ackWaitMs }),
      ...(maxAttempts !== undefined && { maxAttempts }),
      ttlMs: Math.min(Math.max(1, ttlMs), 30 * DAY_MS),
    };
    // One key for all publishers of the app, so that two of them create only one notification.
    const replayer = { app: publisher.app, name: '' };
    const { result } = await this.notifications.accept(replayer, body, {
      key: `replay:${id}`,
      replayOf: letter.notification,
      correlationId,
      parent,
      origin: traceparent === undefined ? undefined : { traceparent },
    });
    await this.store.markReplayed(publisher.app, id, result.id);
    const { app, name } = publisher;
    this.logger.event('dead_letter_replayed', { app, publisher: name, letter: id, notification: result.id });
    return { ...result, replayOf: letter.notification };
  }

  /** @throws PostriderError `dead_letter_not_found`. */
  async drop({ app, name: publisher }: Publisher, id: string): Promise<void> {
    if (!(await this.store.drop(app, id))) throw unknownLetter();
    this.logger.event('dead_letter_dropped', { app, publisher, letter: id });
  }

  /** Replays each letter on its own, in the given order. */
  async replayMany(publisher: Publisher, ids: readonly string[], parent?: TraceContext): Promise<ReplayedMany> {
    const replay = async (id: string) => ({
      id,
      status: 202 as const,
      notification: (await this.replay(publisher, id, parent)).id,
    });
    return { results: await Promise.all(ids.map((id) => replay(id).catch((error) => failed(id, error)))) };
  }

  /** Drops each letter on its own, in the given order. */
  async dropMany(publisher: Publisher, ids: readonly string[]): Promise<DroppedMany> {
    const drop = async (id: string) => {
      await this.drop(publisher, id);
      return { id, status: 200 as const };
    };
    return { results: await Promise.all(ids.map((id) => drop(id).catch((error) => failed(id, error)))) };
  }

  private async find(app: string, id: string): Promise<StoredLetter> {
    const letter = await this.store.find(app, id);
    if (!letter) throw unknownLetter();
    return letter;
  }
}

type Filter = Pick<DeadLettersQuery, 'topic' | 'type' | 'reason'>;

const matches = (letter: DeadLetter, { topic, type, reason }: Filter): boolean =>
  (!topic || letter.topic === topic) && (!type || letter.type === type) && (!reason || letter.reason === reason);

function failed(id: string, thrown: unknown) {
  const error = postriderErrorOf(thrown);
  return { id, status: error.status, problem: problemOf(error) };
}

const unknownLetter = (): PostriderError =>
  new PostriderError(
    'dead_letter_not_found',
    'There is no such dead letter. Check the id: it was dropped, or its retention has ended.',
  );

interface Content {
  readonly type: string;
  readonly data: JsonText;
  readonly correlationId?: string;
  readonly traceparent?: string;
}

function contentOf({ body }: StoredLetter): Content {
  // The JSON that `appendOf` built.
  return readJson(`{${body}}`, CONTENT) as Content;
}

function answerOf(letter: StoredLetter): DeadLetter {
  const { id, notification, name, offset, reason, attempts, atMs, recipients, replayedAs } = letter;
  const { type, data, correlationId } = contentOf(letter);
  return {
    id,
    notification,
    topic: topicOf(name),
    offset,
    type,
    data,
    reason,
    attempts,
    recipients: [...recipients],
    createdAt: new Date(timeOf(notification)).toISOString(),
    deadAt: new Date(atMs).toISOString(),
    ...(replayedAs !== undefined && { replayedAs }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
