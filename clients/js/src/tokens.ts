import { PostriderError, textOf } from './errors.js';

/** A token that ends within this time is not used for a new connection. */
const MARGIN_MS = 5_000;

/** Gets tokens from the application and knows when they end. */
export class Tokens {
  private current: string | undefined;
  private refusedToken: string | undefined;
  /** When the current token ends (ms since 1970), where that is known. */
  expiresAt: number | undefined;

  constructor(private readonly ask: () => string | Promise<string>) {}

  /**
   * The current token while it lives, else a new one.
   * @throws PostriderError `token_unavailable` where the application has none.
   */
  async get(fresh = false): Promise<string> {
    if (!fresh && this.current !== undefined && this.livesMs > MARGIN_MS) return this.current;
    let token: unknown;
    try {
      token = await this.ask();
    } catch (cause) {
      throw new PostriderError('token_unavailable', `There is no token: ${textOf(cause)}`, true, cause);
    }
    if (typeof token !== 'string' || token === '') {
      throw new PostriderError('token_unavailable', 'The token must be a string that is not empty.', true);
    }
    this.current = token;
    this.expiresAt = expiryOf(token);
    return token;
  }

  /** The server does not take the current token. @returns whether it had refused the same one just before. */
  refuse(): boolean {
    const again = this.current !== undefined && this.current === this.refusedToken;
    this.refusedToken = this.current;
    this.current = undefined;
    return again;
  }

  /** The server took the current token. */
  accept(): void {
    this.refusedToken = undefined;
  }

  /** When to renew the token, in milliseconds from now: some time before it ends. Undefined where that is not known. */
  get renewInMs(): number | undefined {
    const livesMs = this.livesMs;
    return livesMs > 0 ? Math.max(livesMs - 60_000, livesMs * 0.75) : undefined;
  }

  private get livesMs(): number {
    return this.expiresAt === undefined ? 0 : this.expiresAt - Date.now();
  }
}

/** `exp` of a JWT in milliseconds, not verified; undefined for anything else. */
export function expiryOf(token: string): number | undefined {
  try {
    const payload = token.split('.')[1] ?? '';
    const { exp } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
