import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { PublisherRequest } from '../auth/api-key.guard.js';
import { PostriderError } from '../contract/postrider-error.js';
import { Metrics } from '../observability/metrics.js';
import { KeyRates } from './key-rates.js';

interface Reply {
  header(name: string, value: number): unknown;
}

/**
 * Answers `rate_limited` to a key that has used up its rate, and adds rate headers once less than
 * half is left. Runs after `ApiKeyGuard`.
 */
@Injectable()
export class RestRateGuard implements CanActivate {
  constructor(
    private readonly rates: KeyRates,
    private readonly metrics: Metrics,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { publisher, body } = context.getArgByIndex<PublisherRequest & { body?: unknown }>(0);
    const allowance = publisher && this.rates.take(publisher, countOf(body));
    if (!allowance) return true;
    const { allowed, limit, remaining, resetMs } = allowance;
    // Saves the headers while the limit is far away.
    if (allowed && remaining * 2 >= limit) return true;
    const reply = context.getArgByIndex<Reply>(1);
    reply.header('ratelimit-limit', limit);
    reply.header('ratelimit-remaining', remaining);
    reply.header('ratelimit-reset', Math.ceil(resetMs / 1_000));
    if (allowed) return true;
    this.metrics.limited('rest_key').inc();
    throw new PostriderError(
      'rate_limited',
      'The API key has reached its rate limit (REST_RATE_PER_KEY). Retry after the time in Retry-After.',
      {
        retryAfterMs: resetMs,
      },
    );
  }
}

/** Counts the items of a batch before its schema is checked. */
function countOf(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('notifications' in body)) return 1;
  return Array.isArray(body.notifications) ? Math.max(1, body.notifications.length) : 1;
}
