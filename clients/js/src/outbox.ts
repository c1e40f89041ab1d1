import { type Deferred, PostriderError, deferred } from './errors.js';
import type { Published } from './frames.js';
import type { Link } from './link.js';
import { textFor } from './outgoing.js';
import { randomKey } from './random-key.js';

interface Item extends Deferred<Published> {
  /** Data as JSON, copied when it was published: a key must never stand for other data. */
  readonly data: unknown;
  isSent: boolean;
}

const AGAIN_MS = 1_000;

/**
 * Published messages without an answer yet. Each has a key, so that repeating it publishes it once.
 */
export class Outbox {
  readonly #link: Link;
  readonly #max: number;
  readonly #items = new Set<Item>();

  constructor(link: Link, max: number) {
    this.#link = link;
    this.#max = max;
  }

  /**
   * @throws PostriderError `outbox_full`, `payload_too_large`, `not_serializable`, or the server's
   * error.
   */
  async publish(topic: string, type: string, data: unknown, key = randomKey()): Promise<Published> {
    if (this.#items.size >= this.#max) {
      throw new PostriderError('outbox_full', `${this.#max} messages are waiting`, true);
    }
    const copy: unknown = JSON.parse(textFor({ topic, type, data, key }));
    const item: Item = { ...deferred(), data: copy, isSent: false };
    this.#items.add(item);
    this.flush();
    return item.promise;
  }

  /** Sends the messages that are not on their way yet, in order. */
  flush(): void {
    if (this.#link.state !== 'open') return;
    for (const item of this.#items) if (!item.isSent) void this.#send(item);
  }

  /** Gives up: there will be no connection. */
  giveUp(error: PostriderError): void {
    for (const item of this.#items) item.reject(error);
    this.#items.clear();
  }

  async #send(item: Item): Promise<void> {
    item.isSent = true;
    try {
      item.resolve(await this.#link.ask('publish', item.data));
    } catch (thrown) {
      const error = thrown as PostriderError;
      if (error.retryable) {
        // It may or may not have been published.
        item.isSent = false;
        if (this.#link.state === 'open') setTimeout(() => this.flush(), AGAIN_MS);
        return;
      }
      item.reject(error);
    }
    this.#items.delete(item);
  }
}
