import { PostriderError } from './errors.js';
import type { Frame } from './frames.js';

interface Pending {
  resolve(data: unknown): void;
  reject(error: PostriderError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** Frames that are answered, by the number that the answer repeats. */
export class Requests {
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();

  constructor(private readonly timeoutMs: number) {}

  /** Whether this number is still to be answered. */
  awaits(id: unknown): boolean {
    return this.pending.has(id as number);
  }

  /** A frame to send, and what will be answered. */
  open<T>(event: string, data: unknown): { frame: Frame & { id: number }; answer: Promise<T> } {
    const id = this.nextId++;
    const answer = new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new PostriderError('timeout', `The server did not answer ${event} in time.`, true));
      }, this.timeoutMs);
      this.pending.set(id, { resolve: resolve as Pending['resolve'], reject, timer });
    });
    return { frame: { event, data, id }, answer };
  }

  /** An answer has come. */
  settle({ event, data, id }: Frame): void {
    const pending = this.take(id as number);
    if (!pending) return;
    if (event === 'error') pending.reject(errorOf(data));
    else pending.resolve(data);
  }

  /** Nothing will be answered any more. */
  abort(error: PostriderError): void {
    for (const id of this.pending.keys()) this.take(id)?.reject(error);
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    clearTimeout(pending?.timer);
    this.pending.delete(id);
    return pending;
  }
}

/** The data of an `error` frame as what is thrown. */
export function errorOf(data: unknown): PostriderError {
  const { code, message, retryable } = (data ?? {}) as { code?: unknown; message?: unknown; retryable?: unknown };
  return new PostriderError(String(code ?? 'internal'), String(message ?? 'The server failed.'), retryable === true);
}
