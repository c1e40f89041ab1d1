import { Logger } from '@nestjs/common';
import { type JWTVerifyGetKey, createLocalJWKSet, errors } from 'jose';
import type { AccessSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import type { Metrics } from '../observability/metrics.js';
import { readKeySet } from './key-set.js';

const MAX_BYTES = 262_144;

type Key = Awaited<ReturnType<JWTVerifyGetKey>>;
type Timing = Pick<AccessSettings, 'jwksRefreshMs' | 'jwksCooldownMs' | 'jwksTimeoutMs'>;

/**
 * Keys at `JWKS_URL`: fetched at boot, every `JWKS_REFRESH_MS`, and for an unknown `kid`, but never
 * more often than every `JWKS_COOLDOWN_MS`. If a fetch fails or returns no usable key, the previous
 * keys stay. Ages use the monotonic clock, unlike those of `createRemoteJWKSet`.
 */
export class RemoteKeySet {
  /** @throws PostriderError `keys_unavailable` if a key is unknown and could not be fetched. */
  readonly find: JWTVerifyGetKey = (header, token) => this.lookUp(header, token);
  /** Reason why the last fetch failed. */
  fault?: string | undefined;
  private keys?: JWTVerifyGetKey;
  private fetching?: Promise<void> | undefined;
  private readonly startedAtMs = performance.now();
  private fetchedAtMs?: number;
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger(RemoteKeySet.name);

  constructor(
    private readonly url: URL,
    private readonly timing: Timing,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Fetches for the first time. A failure is only logged and retried later, since REST works
   * without these keys.
   */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.refresh(), this.timing.jwksCooldownMs);
    await this.refresh();
  }

  /** Time since the last successful fetch, or since the start if there was none. */
  get ageMs(): number {
    return performance.now() - (this.fetchedAtMs ?? this.startedAtMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    const isFresh = this.fetchedAtMs !== undefined && this.ageMs < this.timing.jwksRefreshMs;
    if (isFresh && this.fault === undefined) return;
    // `fetch` has already logged the failure.
    await this.fetch().catch(() => undefined);
  }

  private async lookUp(...asked: Parameters<JWTVerifyGetKey>): Promise<Key> {
    if (!this.keys) await this.fetch();
    try {
      return await this.known(...asked);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.isCoolingDown) throw error;
      await this.fetch();
      return this.known(...asked);
    }
  }

  private async known(...asked: Parameters<JWTVerifyGetKey>): Promise<Key> {
    if (!this.keys) throw unavailable();
    return this.keys(...asked);
  }

  private get isCoolingDown(): boolean {
    return performance.now() - this.askedAtMs < this.timing.jwksCooldownMs;
  }

  /** Fetches once for all concurrent callers. */
  private fetch(): Promise<void> {
    this.fetching ??= this.ask().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async ask(): Promise<void> {
    if (this.fault !== undefined && this.isCoolingDown) throw unavailable();
    this.askedAtMs = performance.now();
    this.metrics.jwksFetches.inc();
    try {
      const response = await fetch(this.url, {
        headers: { accept: 'application/json, application/jwk-set+json' },
        // A redirect could lead anywhere.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timing.jwksTimeoutMs),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`answered ${response.status}`);
      }
      this.keys = createLocalJWKSet(readKeySet(await textOf(response)));
      this.fault = undefined;
      this.fetchedAtMs = performance.now();
    } catch (error) {
      this.metrics.jwksFailures.inc();
      const fault = error instanceof Error ? error.message : String(error);
      if (fault !== this.fault)
        this.logger.error({ msg: 'Could not fetch the public keys of client tokens', error: fault });
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
  new PostriderError('keys_unavailable', 'The keys of client tokens cannot be fetched now. Retry later.', { cause });
