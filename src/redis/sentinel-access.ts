import type { SecureContextOptions } from 'node:tls';
import type { Redis, RedisOptions } from 'ioredis';
import { addressOf, type Credentials, type RedisTarget } from '../config/redis-url.js';
import { authenticate, knock } from './redis-knock.js';
import { isReply, reasonOf } from './redis-reason.js';

type Address = RedisTarget['nodes'][number];
/** Answer of one Sentinel: whether it requires credentials, or its error. */
type Answer = { readonly asks: boolean } | { readonly error: Error };

const LOOK_MS = 10_000;
/** Interval while a starting process waits for Redis. */
const EAGER_LOOK_MS = 1_000;
/** Answer of a server without a password to a password. */
const NO_PASSWORD = /without any password configured|no password is set/i;

/**
 * Finds out whether the Sentinels require credentials, so that connections send them none or the
 * configured ones. It asks again every 10 s, since a Sentinel that refuses everybody would
 * otherwise be noticed only at the next failover.
 */
export class SentinelAccess {
  private readonly credentials: Credentials;
  private asks: boolean;
  private answers: readonly Answer[] = [];
  private looking?: Promise<void>;
  private lookedAtMs = -Infinity;
  private readonly timer: NodeJS.Timeout;
  private readonly followers = new Set<RedisOptions>();

  /** @param isEager true if something waits for the result. */
  constructor(
    private readonly target: RedisTarget,
    private readonly tls: SecureContextOptions | undefined,
    private readonly isEager: () => boolean,
    private readonly onTrouble: (error: Error) => void,
  ) {
    const { username, password } = target.auth;
    this.credentials = target.sentinelAuth ?? { ...(username && { username }), ...(password && { password }) };
    this.asks = this.credentials.password !== undefined;
    this.timer = setInterval(() => void this.lookAgain(), EAGER_LOOK_MS).unref();
    void this.look();
  }

  /** Problem of the Sentinels, for people; empty if there is none. */
  get trouble(): string {
    const told = this.answers.map((answer, index) => ('error' in answer ? this.say(index, answer.error) : undefined));
    // One missing Sentinel is no problem: that is why there are several.
    const refused = this.answers.flatMap((answer, index) =>
      'error' in answer && reasonOf(answer.error).isAnswer ? [told[index]] : [],
    );
    if (refused.length > 0) return refused.join('; ');
    const isNobodyThere = told.length > 0 && told.every((text) => text !== undefined);
    return isNobodyThere ? `no Sentinel answers: ${told.join('; ')}` : '';
  }

  /**
   * Sets the credentials for the Sentinels in the options of a connection, now and after each
   * change.
   */
  follow(options: RedisOptions): void {
    this.followers.add(options);
    this.refresh(options);
  }

  unfollow(options: RedisOptions): void {
    this.followers.delete(options);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private lookAgain(): Promise<void> | undefined {
    if (!this.isEager() && performance.now() - this.lookedAtMs < LOOK_MS) return undefined;
    return this.look();
  }

  private look(): Promise<void> {
    return (this.looking ??= this.ask().finally(() => (this.looking = undefined)));
  }

  private async ask(): Promise<void> {
    this.lookedAtMs = performance.now();
    this.answers = await Promise.all(this.target.nodes.map((address) => this.askOne(address)));
    const found = this.answers.flatMap((answer) => ('asks' in answer ? [answer.asks] : []));
    if (found.length > 0) this.asks = found.includes(true);
    for (const options of this.followers) this.refresh(options);
    const failed = this.answers.find((answer) => 'error' in answer);
    if (failed && 'error' in failed && this.trouble !== '') this.onTrouble(failed.error);
  }

  private async askOne(address: Address): Promise<Answer> {
    try {
      return await knock({ ...address, tls: this.tls }, async (sentinel) => {
        const asks = await asksFor(sentinel, this.credentials);
        await sentinel.call('SENTINEL', 'get-master-addr-by-name', this.target.primary ?? '');
        return { asks };
      });
    } catch (error) {
      return { error: error as Error };
    }
  }

  private say(index: number, error: Error): string {
    const address = this.target.nodes[index];
    return `Sentinel ${address ? addressOf(address) : ''}: ${reasonOf(error).text}`;
  }

  private refresh(options: RedisOptions): void {
    const { username, password } = this.asks ? this.credentials : {};
    Object.assign(options, { sentinelUsername: username, sentinelPassword: password });
  }
}

/**
 * @returns true if the server requires the credentials.
 * @throws Error if it refuses them.
 */
async function asksFor(server: Redis, credentials: Credentials): Promise<boolean> {
  try {
    await server.ping();
    return false;
  } catch (error) {
    if (!isReply(error) || credentials.password === undefined) throw error;
  }
  try {
    await authenticate(server, credentials);
  } catch (error) {
    if (error instanceof Error && NO_PASSWORD.test(error.message)) return false;
    throw error;
  }
  await server.ping();
  return true;
}
