import { type Deferred, PostriderError, deferred } from './errors.js';
import type { Frame } from './frames.js';

/** Frames that are answered, by the number that the answer repeats. */
export class Requests {
  /** Number of the newest request. */
  lastId = 0;
  private readonly pending = new Map<unknown, Deferred<unknown>>();

  constructor(private readonly timeoutMs: number) {}

  /** Numbers a request, which has `lastId` then; resolves with the data of its answer. */
  async open(event: string): Promise<unknown> {
    const id = ++this.lastId;
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
  giveUp(): void {
    for (const answer of this.pending.values()) {
      answer.reject(new PostriderError('connection_lost', 'no answer', true));
    }
  }
}

/** The data of an `error` frame as what is thrown. */
export function errorOf(data: unknown): PostriderError {
  const { code, message, retryable } = (data ?? {}) as Record<string, unknown>;
  return new PostriderError(String(code), String(message), retryable === true);
}
