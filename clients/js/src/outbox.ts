import { type Deferred, PostriderError, deferred } from './errors.js';
import type { Published } from './frames.js';
import type { Link } from './link.js';

interface Item extends Deferred<Published> {
  readonly data: { topic: string; type: string; data: unknown; key: string };
  sent?: boolean;
}

const AGAIN_MS = 1_000;

/** What is to be published and not answered yet. A key makes sure that what is sent again is published once. */
export class Outbox {
  private readonly items = new Set<Item>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly link: Link,
    private readonly max: number,
  ) {}

  /** @throws PostriderError `outbox_full`, `payload_too_large`, or what the server has against it. */
  async publish(topic: string, type: string, data: unknown, key = randomKey()): Promise<Published> {
    if (this.items.size >= this.max) throw new PostriderError('outbox_full', `${this.max} wait already`, true);
    const item: Item = { ...deferred(), data: { topic, type, data, key } };
    this.items.add(item);
    this.flush();
    return item.promise;
  }

  /** Sends what is not under way, in order. */
  flush(): void {
    if (this.link.state === 'open') for (const item of this.items) if (!item.sent) void this.send(item);
  }

  /** The connection is gone: nobody knows what became of what was under way. */
  interrupt(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const item of this.items) item.sent = false;
  }

  /** There will be no connection any more. */
  abort(error: PostriderError): void {
    for (const item of this.items) item.reject(error);
    this.items.clear();
  }

  private async send(item: Item): Promise<void> {
    item.sent = true;
    try {
      const { id, offset } = await this.link.ask<Published>('publish', item.data);
      item.resolve({ id, offset });
      this.items.delete(item);
    } catch (thrown) {
      const error = thrown as PostriderError;
      item.sent = false;
      if (error.retryable) return this.later();
      item.reject(error);
      this.items.delete(item);
    }
  }

  private later(): void {
    if (this.link.state !== 'open') return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, AGAIN_MS);
  }
}

/** `randomUUID` exists on secure pages only. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
