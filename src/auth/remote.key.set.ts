import { Logger } from '@nestjs/common';
import { type JWTVerifyGetKey, createRemoteJWKSet, customFetch } from 'jose';
import type { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import type { Metrics } from '../observability/metrics.js';
import { readKeySet } from './key.set.js';

const MAX_BYTES = 262_144;

type Timing = Pick<Config, 'jwksRefreshMs' | 'jwksCooldownMs' | 'jwksTimeoutMs'>;

/**
 * The keys at `JWKS_URL`: fetched at boot, every `JWKS_REFRESH_MS`, and for a `kid` that is not known, but never more often than every
 * `JWKS_COOLDOWN_MS`, whatever tokens come. Where a fetch fails, or brings nothing of use, the last known keys stay.
 */
export class RemoteKeySet {
  /** @throws PostriderError `keys_unavailable` where a key is not known and could not be asked for. */
  readonly find: JWTVerifyGetKey;
  /** Why the last fetch failed. */
  fault?: string | undefined;
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private readonly startedAtMs = performance.now();
  private fetchedAtMs?: number;
  private failedAtMs = Number.NEGATIVE_INFINITY;
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger(RemoteKeySet.name);

  constructor(
    url: URL,
    private readonly timing: Timing,
    private readonly metrics: Metrics,
  ) {
    this.remote = createRemoteJWKSet(url, {
      timeoutDuration: timing.jwksTimeoutMs,
      cooldownDuration: timing.jwksCooldownMs,
      // They are fetched in time by `refresh`, so that no token waits for it and none is refused because it failed.
      cacheMaxAge: Number.POSITIVE_INFINITY,
      [customFetch]: (href, init) => this.fetch(href, init),
    });
    this.find = this.remote;
  }

  /** Fetches for the first time; a failure is told and mended later, for REST can do without. */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.refresh(), this.timing.jwksCooldownMs);
    await this.refresh();
  }

  /** Since keys were last fetched, or since the start where they never were. */
  get ageMs(): number {
    return performance.now() - (this.fetchedAtMs ?? this.startedAtMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    const isFresh = this.fetchedAtMs !== undefined && this.ageMs < this.timing.jwksRefreshMs;
    if (isFresh && this.fault === undefined) return;
    // Told by `fetch`.
    await this.remote.reload().catch(() => undefined);
  }

  /** @param init has the timeout and forbids to follow a redirect, as it could lead to anybody. */
  private async fetch(url: string, init: RequestInit): Promise<Response> {
    if (performance.now() - this.failedAtMs < this.timing.jwksCooldownMs) throw unavailable();
    this.metrics.jwksFetches.inc();
    try {
      const response = await fetch(url, init);
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`answered ${response.status}`);
      }
      const keys = readKeySet(await textOf(response));
      this.fault = undefined;
      this.fetchedAtMs = performance.now();
      return Response.json(keys);
    } catch (error) {
      this.failedAtMs = performance.now();
      this.metrics.jwksFailures.inc();
      const fault = error instanceof Error ? error.message : String(error);
      if (fault !== this.fault) this.logger.error({ msg: 'The keys of tokens could not be fetched', error: fault });
      this.fault = fault;
      throw unavailable(error);
    }
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const unavailable = (cause?: unknown): PostriderError =>
  new PostriderError('keys_unavailable', 'The keys of tokens cannot be fetched now.', { cause });
