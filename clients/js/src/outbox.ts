import { type Deferred, PostriderError, deferred } from './errors.js';
import type { Published } from './frames.js';
import type { Link } from './link.js';
import { textFor } from './outgoing.js';

interface Item extends Deferred<Published> {
  readonly data: { topic: string; type: string; data: unknown; key: string };
  sent?: boolean;
}

const AGAIN_MS = 1_000;

/** Messages to be published that are not answered yet. Each has a key, so that one that is sent again is published once. */
export class Outbox {
  private readonly items = new Set<Item>();

  constructor(
    private readonly link: Link,
    private readonly max: number,
  ) {}

  /** @throws PostriderError `outbox_full`, `payload_too_large`, `not_serializable`, or what the server has against it. */
  async publish(topic: string, type: string, data: unknown, key = randomKey()): Promise<Published> {
    if (this.items.size >= this.max) {
      throw new PostriderError('outbox_full', `${this.max} messages wait to be published, the most allowed`, true);
    }
    // As it is now: under one key it must not be sent with other data later.
    const copy = JSON.parse(textFor({ topic, type, data, key })) as Item['data'];
    const item: Item = { ...deferred(), data: copy };
    this.items.add(item);
    this.flush();
    return item.promise;
  }

  /** Sends what is not under way, in order. */
  flush(): void {
    if (this.link.state === 'open') for (const item of this.items) if (!item.sent) void this.send(item);
  }

  /** There will be no connection any more. */
  giveUp(error: PostriderError): void {
    for (const item of this.items) item.reject(error);
    this.items.clear();
  }

  private async send(item: Item): Promise<void> {
    item.sent = true;
    try {
      item.resolve(await this.link.ask('publish', item.data));
      this.items.delete(item);
    } catch (thrown) {
      const error = thrown as PostriderError;
      item.sent = false;
      // It may have been published or not.
      if (error.retryable) return void (this.link.state === 'open' && setTimeout(() => this.flush(), AGAIN_MS));
      item.reject(error);
      this.items.delete(item);
    }
  }
}

/** `randomUUID` exists on secure pages only. */
export const randomKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join('-');
