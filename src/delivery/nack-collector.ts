import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { PostriderError } from '../contract/postrider-error.js';
import { postriderErrorOf } from '../contract/problem.js';
import { Metrics } from '../observability/metrics.js';
import { type Nack, type NackOutcome, TopicAcks } from '../topic/topic-acks.js';

/** Outcome of a nack; an error if Redis can never accept it. */
export type NackResult = NackOutcome | 'void' | PostriderError;

interface Kept {
  readonly nack: Nack;
  readonly isWanted: () => boolean;
  readonly waiting: OnStored[];
}

type OnStored = (result: NackResult) => void;

const RETRY_MS = 500;

/**
 * Stores nacks. Like an ack, a nack that Redis does not accept is kept and retried. Repeated nacks
 * of one delivery are stored once, so there are never more than notifications in flight.
 */
@Injectable()
export class NackCollector implements OnModuleDestroy {
  private readonly unstored = new Map<string, Kept>();
  private readonly kept = new Map<string, Kept>();
  private timer?: NodeJS.Timeout | undefined;
  private readonly logger = new Logger(NackCollector.name);

  constructor(
    private readonly acks: TopicAcks,
    metrics: Metrics,
  ) {
    metrics.sampled('nacks_waiting', 'Nacks that are not stored yet', () => this.unstored.size);
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  /**
   * @param isWanted true if the delivery is still in flight; a `terminate` is a fact and always
   * wanted.
   */
  store(nack: Nack, isWanted: () => boolean, onStored: OnStored): void {
    const key = keyOf(nack);
    const known = this.unstored.get(key);
    if (known) return void known.waiting.push(onStored);
    const kept = { nack, isWanted, waiting: [onStored] };
    this.unstored.set(key, kept);
    void this.attempt(key, kept);
  }

  /** True if the same nack is being stored. */
  isStoring(nack: Nack): boolean {
    return this.unstored.has(keyOf(nack));
  }

  /** @returns true if Redis has answered. */
  private async attempt(key: string, kept: Kept): Promise<boolean> {
    let result: NackResult;
    try {
      result = kept.nack.terminate || kept.isWanted() ? await this.acks.nack(kept.nack) : 'void';
    } catch (thrown) {
      result = postriderErrorOf(thrown);
      if (result.retryable && result.code !== 'internal') {
        this.keep(key, kept, result);
        return false;
      }
    }
    this.unstored.delete(key);
    for (const onStored of kept.waiting) onStored(result);
    return true;
  }

  private keep(key: string, kept: Kept, error: PostriderError): void {
    this.logger.debug({ msg: 'A nack waits for Redis', error: String(error.cause ?? error) });
    this.kept.set(key, kept);
    this.timer ??= setTimeout(() => void this.retry(), RETRY_MS).unref();
  }

  /** Retries a single one first: if Redis does not accept it, it would accept none. */
  private async retry(): Promise<void> {
    const waiting = [...this.kept];
    this.kept.clear();
    const [first, ...others] = waiting;
    const isBack = !first || (await this.attempt(...first));
    this.timer = undefined;
    if (isBack) for (const other of others) void this.attempt(...other);
    else for (const [key, kept] of others) this.kept.set(key, kept);
    if (this.kept.size > 0) this.timer ??= setTimeout(() => void this.retry(), RETRY_MS).unref();
  }
}

const keyOf = ({ name, epoch, session, offset, attempt, terminate }: Nack): string =>
  [name, epoch, session, offset, terminate ? 'never' : attempt].join(' ');
