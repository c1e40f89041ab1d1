import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Identity } from '../auth/authenticator.port.js';
import { AccessSettings } from '../config/settings.js';
import { Metrics } from '../observability/metrics.js';
import { RedisClock } from '../clock/redis-clock.js';
import { TopicHints } from '../topic/topic-hints.js';
import { type Change, RevocationStore, nameOf } from './revocation-store.js';

type Known = Pick<Change, 'beforeMs' | 'endsAtMs'>;

/** Id of the revocation of all of a user's tokens. */
export const userRevocation = (user: string): string => `user:${user}`;
/** Id of the revocation of one token. */
export const tokenRevocation = (jti: string): string => `jti:${jti}`;

/**
 * Local copy of the revocations, so that no handshake has to ask Redis. It is updated in one way,
 * by reading the changes: after a hint, and every `REVOCATION_POLL_MS` in case a hint was lost.
 * While Redis is away, the copy stays as it is.
 */
@Injectable()
export class RevocationList implements OnModuleDestroy {
  /**
   * Raised with each change of the list: identities checked at an earlier version must be checked
   * again.
   */
  version = 0;
  private known = new Map<string, Known>();
  /** Number of the last change that was read. */
  private last = 0;
  /** Set after a lost connection, since another primary with other changes may answer next. */
  private isInDoubt = false;
  private readAtMs = performance.now();
  private isWanted = false;
  private reading?: Promise<void> | undefined;
  private changed: () => void = () => undefined;
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger(RevocationList.name);

  constructor(
    private readonly settings: AccessSettings,
    private readonly store: RevocationStore,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
    hints: TopicHints,
  ) {
    hints.on({ revoked: () => this.refresh() });
  }

  /**
   * Loads all revocations and keeps them up to date.
   * @param changed called after each change of the list.
   * @throws PostriderError if Redis is away: nobody is let in before the revocations are known.
   */
  async start(changed: () => void): Promise<void> {
    await this.readAll();
    this.changed = changed;
    this.store.onInterruption(() => {
      this.isInDoubt = true;
      this.refresh();
    });
    this.timer = setInterval(() => this.refresh(), this.settings.revocationPollMs);
    const known = 'Revocations of users and tokens that this node knows';
    this.metrics.sampled('revocations', known, () => this.known.size, 'max');
    const age = 'Time since this node last read the revocations';
    this.metrics.sampled('revocations_age_seconds', age, () => (performance.now() - this.readAtMs) / 1_000, 'max');
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** True if the token of an identity is revoked. */
  covers({ app, user, tokenId, issuedAtMs = 0 }: Identity): boolean {
    if (this.known.size === 0) return false;
    const ofUser = this.known.get(nameOf(app, userRevocation(user)));
    if (ofUser && issuedAtMs < ofUser.beforeMs) return true;
    return tokenId !== undefined && this.known.has(nameOf(app, tokenRevocation(tokenId)));
  }

  /** Reads the changes soon. A call during a read causes another one. */
  refresh(): void {
    this.isWanted = true;
    this.reading ??= this.readWanted().finally(() => (this.reading = undefined));
  }

  private async readWanted(): Promise<void> {
    try {
      while (this.isWanted) {
        this.isWanted = false;
        if (this.isInDoubt) await this.readAll();
        else if (await this.readOn(this.known)) this.announce();
      }
      this.forgetEnded();
    } catch (error) {
      this.logger.debug({ msg: 'Could not read the revocations', error: String(error) });
    }
  }

  private async readAll(): Promise<void> {
    this.isInDoubt = false;
    this.last = 0;
    const known = new Map<string, Known>();
    try {
      await this.readOn(known);
    } catch (error) {
      this.isInDoubt = true;
      throw error;
    }
    this.known = known;
    this.announce();
  }

  /** @returns true if there was anything new. */
  private async readOn(known: Map<string, Known>): Promise<boolean> {
    const before = this.last;
    for (let more = true; more;) {
      const { changes, isFull } = await this.store.changes(this.last);
      for (const change of changes) this.apply(known, change);
      more = isFull;
    }
    this.readAtMs = performance.now();
    return this.last !== before;
  }

  private apply(known: Map<string, Known>, { number, name, beforeMs, endsAtMs, isLifted }: Change): void {
    this.last = number;
    if (isLifted || endsAtMs <= this.clock.now()) known.delete(name);
    else known.set(name, { beforeMs, endsAtMs });
  }

  private announce(): void {
    this.version++;
    this.changed();
  }

  private forgetEnded(): void {
    const now = this.clock.now();
    for (const [name, { endsAtMs }] of this.known) if (endsAtMs <= now) this.known.delete(name);
  }
}
