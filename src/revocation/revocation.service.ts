import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AccessSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import { type PageQuery, decodeCursor, encodeCursor } from '../contract/page.js';
import { RedisClock } from '../clock/redis-clock.js';
import { TopicHints } from '../topic/topic-hints.js';
import { tokenRevocation, userRevocation } from './revocation-list.js';
import type { RevocationAnswer, RevocationBody, RevocationsPage } from '../contract/revocation.schema.js';
import { type Revocation, RevocationStore } from './revocation-store.js';
import { msOfInstant } from '../contract/instant.schema.js';

/** Tolerance for clocks of issuers, and thus their `iat`, that are ahead. */
const MAX_AHEAD_MS = 60_000;

/** Revokes tokens and lifts revocations. */
@Injectable()
export class RevocationService {
  constructor(
    private readonly settings: AccessSettings,
    private readonly store: RevocationStore,
    private readonly hints: TopicHints,
    private readonly clock: RedisClock,
  ) {}

  /**
   * Every node closes the affected sockets as soon as it learns of it. If repeated, the later times
   * win.
   * @throws PostriderError `invalid_request` or `revocations_full`.
   */
  async revoke(app: string, body: RevocationBody): Promise<RevocationAnswer> {
    const { user, jti = '', before, expiresAt, reason = '' } = body;
    const now = this.clock.now();
    const beforeMs = before === undefined ? now : msOfInstant(before);
    const endsAtMs = expiresAt === undefined ? now + this.settings.revocationTtlMs : msOfInstant(expiresAt);
    if (beforeMs > now + MAX_AHEAD_MS) throw invalid('before', 'must not be in the future');
    if (endsAtMs <= now) throw invalid('expiresAt', 'must be in the future');
    const id = user === undefined ? tokenRevocation(jti) : userRevocation(user);
    const stored = await this.store.revoke(app, { id, beforeMs: Math.max(0, beforeMs), endsAtMs, reason });
    if (!stored) {
      throw new PostriderError(
        'revocations_full',
        'The limit of revocations (REVOCATION_MAX) is reached. Lift some first.',
      );
    }
    this.hints.revoked();
    return answerOf(stored);
  }

  /** @throws PostriderError `revocation_not_found`. */
  async lift(app: string, id: string): Promise<void> {
    if (!(await this.store.lift(app, id))) {
      throw new PostriderError(
        'revocation_not_found',
        'There is no such revocation. Check the id: it may have expired.',
      );
    }
    this.hints.revoked();
  }

  /** Revocations by id. */
  async list(app: string, { limit, cursor }: PageQuery): Promise<RevocationsPage> {
    const after = cursor === undefined ? '' : decodeCursor(cursor, z.string());
    const found = await this.store.page(app, after, limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items: items.map(answerOf), next: found.length > limit && last ? encodeCursor(last.id) : null };
  }
}

const invalid = (field: string, message: string): PostriderError =>
  new PostriderError('invalid_request', `${field} ${message}.`, { errors: [{ field, message }] });

function answerOf({ id, beforeMs, endsAtMs, createdAtMs, reason }: Revocation): RevocationAnswer {
  const colon = id.indexOf(':');
  const subject = id.slice(colon + 1);
  return {
    id,
    ...(id.slice(0, colon) === 'user' ? { user: subject, before: new Date(beforeMs).toISOString() } : { jti: subject }),
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(endsAtMs).toISOString(),
    ...(reason !== '' && { reason }),
  };
}
