import { Injectable } from '@nestjs/common';
import type { Admin } from '../auth/admin-key-registry.js';
import { InternalTokens } from '../auth/internal-tokens.js';
import { RedisClock } from '../clock/redis-clock.js';
import { SYSTEM_APP } from '../contract/topic-name.js';

/**
 * Short-lived: the page renews the token in time, and after signing out the last one is soon
 * useless.
 */
const TOKEN_MS = 15 * 60_000;

/** A token and its expiry. */
export interface WatchToken {
  readonly token: string;
  readonly expiresAt: string;
}

/** Issues tokens of sockets that may subscribe to the system topics. */
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
