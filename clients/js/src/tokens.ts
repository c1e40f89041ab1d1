import { PostriderError, textOf } from './errors.js';

/** A token that ends within this time is not used for a new connection. */
const MARGIN_MS = 5_000;

/** Gets tokens from the application and knows when they end. */
export class Tokens {
  private current: unknown;
  private refused: unknown;
  /** When the current token ends (ms since 1970), where that is known. */
  expiresAt = 0;

  constructor(private readonly ask: () => string | Promise<string>) {}

  /**
   * The current token while it lives, else a new one.
   * @throws PostriderError `token_unavailable` where the application has none.
   */
  async get(fresh = false): Promise<string> {
    if (fresh || !this.current || this.livesMs < MARGIN_MS) {
      try {
        const token = await this.ask();
        if (!token || typeof token !== 'string') throw new TypeError('no string');
        this.current = token;
        this.expiresAt = expiryOf(token);
      } catch (cause) {
        throw new PostriderError('token_unavailable', textOf(cause), true, cause);
      }
    }
    return this.current as string;
  }

  /** The server does not take the current token. @returns whether it had refused the same one just before. */
  refuse(): boolean {
    const again = this.current === this.refused;
    this.refused = this.current;
    this.current = undefined;
    return again;
  }

  /** The server took the current token. */
  accept(): void {
    this.refused = undefined;
  }

  /** How long the token lives, in milliseconds; not positive where that is not known. */
  get livesMs(): number {
    return this.expiresAt - Date.now();
  }
}

/** `exp` of a JWT in milliseconds, not verified; 0 for anything else. */
export function expiryOf(token: string): number {
  try {
    const payload = token.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/');
    return Number(JSON.parse(atob(payload ?? '')).exp) * 1_000 || 0;
  } catch {
    return 0;
  }
}
