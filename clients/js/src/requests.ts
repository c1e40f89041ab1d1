import { type Deferred, type ErrorCode, PostriderError, deferred } from './errors.js';
import type { Frame } from './frames.js';

/** Frames that are answered, by the number that the answer repeats. */
export class Requests {
  private readonly pending = new Map<unknown, Deferred<unknown>>();

  constructor(private readonly timeoutMs: number) {}

  /** Resolves with the data of the answer. */
  async open(id: number, event: string): Promise<unknown> {
    const answer = deferred<unknown>();
    const timer = setTimeout(() => answer.reject(new PostriderError('timeout', event, true)), this.timeoutMs);
    this.pending.set(id, answer);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.pending.delete(id);
    }
  }

  /** An answer has come. @returns whether somebody waited for it. */
  settle({ event, data, id }: Frame): boolean {
    const answer = this.pending.get(id);
    if (event === 'error') answer?.reject(errorOf(data));
    else answer?.resolve(data);
    return answer !== undefined;
  }

  /** Nothing will be answered any more. */
  giveUp(error = new PostriderError('connection_lost', 'the connection ended before the answer', true)): void {
    for (const answer of this.pending.values()) answer.reject(error);
  }
}

/** The data of an `error` frame as what is thrown. */
export function errorOf(data: unknown): PostriderError {
  const { code, message, retryable } = (data ?? {}) as Record<string, unknown>;
  return new PostriderError(String(code) as ErrorCode, String(message), retryable === true);
}
