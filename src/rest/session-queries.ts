import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SessionSettings } from '../config/settings.js';
import { type PageQuery, decodeCursor, encodeCursor } from '../contract/page.js';
import { nodeOf } from '../session/node-lease.js';
import { type SessionRecord, SessionStore } from '../session/session-store.js';
import { OpenDeliveries } from '../topic/open-deliveries.js';
import { ReceiptsService } from '../topic/receipts.service.js';
import { userTopic } from '../contract/topic-name.js';
import { qualified } from '../topic/topic-namespaces.js';
import type { SessionAnswer, SessionsPage, UnackedPage } from '../contract/session-answers.schema.js';

/** Lists the sessions of a user and ends them. */
@Injectable()
export class SessionQueries {
  constructor(
    private readonly settings: SessionSettings,
    private readonly receipts: ReceiptsService,
    private readonly open: OpenDeliveries,
    private readonly store: SessionStore,
  ) {}

  /**
   * Sessions of a user by session id. Each one is a member of the personal topic, so they are
   * listed there.
   */
  async ofUser(app: string, user: string, { limit, cursor }: PageQuery): Promise<SessionsPage> {
    const after = cursor === undefined ? '' : decodeCursor(cursor, z.string());
    const ids = await this.receipts.members(qualified(app, userTopic(user)), after, limit + 1);
    const page = ids.slice(0, limit);
    const records = await this.store.find(page);
    const items = records.flatMap((record) => (record && record.state !== 'expired' ? [this.answer(record)] : []));
    const last = page.at(-1);
    return { items, next: ids.length > limit && last !== undefined ? encodeCursor(last) : null };
  }

  /** Open deliveries of the personal topic, by offset. */
  async unacked(app: string, user: string, { limit, cursor }: PageQuery): Promise<UnackedPage> {
    const topic = userTopic(user);
    const after = cursor === undefined ? 0 : decodeCursor(cursor, z.int().min(0));
    const found = await this.open.page(qualified(app, topic), after, limit + 1);
    const items = found.slice(0, limit).map(({ createdAtMs, expiresAtMs, ...rest }) => ({
      topic,
      ...rest,
      at: new Date(createdAtMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
    }));
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? encodeCursor(last.offset) : null };
  }

  private answer({ id, user, state, node, topics, sinceMs }: SessionRecord): SessionAnswer {
    const open = state === 'open';
    return {
      id,
      user,
      state: open ? 'open' : 'suspended',
      ...(open && { node: nodeOf(node), connectedAt: new Date(sinceMs).toISOString() }),
      ...(!open && { expiresAt: new Date(sinceMs + this.settings.sessionTtlMs).toISOString() }),
      topics: [...topics],
    };
  }
}
