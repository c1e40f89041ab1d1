import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Publisher } from '../auth/api-key.registry.js';
import { PostriderError } from '../errors/postrider.error.js';
import { decodeCursor, encodeCursor } from '../http/page.js';
import { type DeadLetter as StoredLetter, DeadLetterStore } from '../topic/dead-letter.store.js';
import { timeOf } from '../topic/notification.id.js';
import { topicOf } from '../topic/topic.namespaces.js';
import type { DeadLetter, DeadLettersPage, Replayed } from './answer.schema.js';
import { NotificationService } from './notification.service.js';
import type { DeadLettersQuery } from './query.schema.js';

const DAY_MS = 86_400_000;
/** Pages read for one answer at most, so that a filter that matches little cannot read everything. */
const MAX_READS = 20;

/** Deliveries that were given up: look, send again, drop. */
@Injectable()
export class DeadLetterService {
  constructor(
    private readonly store: DeadLetterStore,
    private readonly notifications: NotificationService,
  ) {}

  /** Newest first. A page may hold fewer than `limit` and still have a `next` where a filter passes over many. */
  async list(app: string, { limit, cursor, topic, reason }: DeadLettersQuery): Promise<DeadLettersPage> {
    let before: string | undefined = cursor === undefined ? '' : decodeCursor(cursor, z.string());
    const items: DeadLetter[] = [];
    for (let reads = 0; reads < MAX_READS && before !== undefined && items.length < limit; reads++) {
      const page = await this.store.page(app, limit - items.length, before);
      const matching = page.letters.filter(
        (letter) => (!topic || topicOf(letter.name) === topic) && (!reason || letter.reason === reason),
      );
      items.push(...matching.map(answerOf));
      before = page.next;
    }
    return { items, next: before === undefined ? null : encodeCursor(before) };
  }

  /**
   * Sends it again as a new notification to the same topic; its key makes two clicks one.
   * @throws PostriderError `dead_letter_not_found`, or what an accept throws.
   */
  async replay(publisher: Publisher, id: string): Promise<Replayed> {
    const letter = await this.find(publisher.app, id);
    const { type, data } = contentOf(letter);
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
    // One key for all publishers of the app: whoever clicks second shall not make a second one.
    const replayer = { app: publisher.app, name: '' };
    const { result } = await this.notifications.accept(replayer, body, `replay:${id}`, letter.notification);
    await this.store.markReplayed(publisher.app, id, result.id);
    return { ...result, replayOf: letter.notification };
  }

  /** @throws PostriderError `dead_letter_not_found`. */
  async drop(app: string, id: string): Promise<void> {
    if (!(await this.store.drop(app, id))) throw unknownLetter();
  }

  private async find(app: string, id: string): Promise<StoredLetter> {
    const letter = await this.store.find(app, id);
    if (!letter) throw unknownLetter();
    return letter;
  }
}

const unknownLetter = (): PostriderError =>
  new PostriderError('dead_letter_not_found', 'There is no such dead letter: it was dropped or is too old.');

function contentOf({ body }: StoredLetter): { type: string; data: NonNullable<unknown> | null } {
  // Built by `appendOf`.
  return JSON.parse(`{${body}}`) as { type: string; data: NonNullable<unknown> | null };
}

function answerOf(letter: StoredLetter): DeadLetter {
  const { id, notification, name, offset, reason, attempts, atMs, replayedAs } = letter;
  const { type, data } = contentOf(letter);
  return {
    id,
    notification,
    topic: topicOf(name),
    offset,
    type,
    data,
    reason,
    attempts,
    createdAt: new Date(timeOf(notification)).toISOString(),
    deadAt: new Date(atMs).toISOString(),
    ...(replayedAs !== undefined && { replayedAs }),
  };
}
