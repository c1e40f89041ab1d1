import { Injectable } from '@nestjs/common';
import type { Admin } from '../auth/admin-key-registry.js';
import { InternalTokens } from '../auth/internal-tokens.js';
import { RedisClock } from '../clock/redis-clock.js';
import { SYSTEM_APP } from '../contract/topic-name.js';

/** Short: the page asks for a new one before it ends, and a browser that signed out keeps no use of its last one. */
const TOKEN_MS = 15 * 60_000;

/** A token and its expiry. */
export interface WatchToken {
  readonly token: string;
  readonly expiresAt: string;
}

/** Tokens of sockets that may watch the topics of the system. */
@Injectable()
export class WatchTokens {
  constructor(
    private readonly tokens: InternalTokens,
    private readonly clock: RedisClock,
  ) {}

  async issue({ name }: Admin): Promise<WatchToken> {
    const expiresAtMs = this.clock.now() + TOKEN_MS;
    const user = `console:${name}`;
    const token = await this.tokens.issue({ user, app: SYSTEM_APP, topics: ['system.*'], publish: [], expiresAtMs });
    return { token, expiresAt: new Date(expiresAtMs).toISOString() };
  }
}
