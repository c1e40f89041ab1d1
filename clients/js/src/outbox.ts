import { PostriderError } from './errors.js';
import type { Frame, Published } from './frames.js';

/** What the outbox needs of the client around it. */
export interface OutboxPort {
  readonly max: number;
  isOpen(): boolean;
  /** Largest frame that the server takes, in bytes. */
  maxFrameBytes(): number;
  request(event: string, data: unknown): { frame: Frame; answer: Promise<Published> };
  send(frames: Frame[]): void;
}

interface Item {
  readonly data: { topic: string; type: string; data: unknown; key: string };
  sent: boolean;
  resolve(published: Published): void;
  reject(error: PostriderError): void;
}

const AGAIN_MS = 1_000;

/** What is to be published and not answered yet. A key makes sure that what is sent again is published once. */
export class Outbox {
  private items: Item[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly port: OutboxPort) {}

  /** @throws PostriderError `outbox_full`, `payload_too_large`, or what the server has against it. */
  publish(topic: string, type: string, data: unknown, key = randomKey()): Promise<Published> {
    if (this.items.length >= this.port.max) {
      return Promise.reject(new PostriderError('outbox_full', 'Too much waits to be published.', true));
    }
    return new Promise((resolve, reject) => {
      this.items.push({ data: { topic, type, data, key }, sent: false, resolve, reject });
      this.flush();
    });
  }

  /** Sends what is not under way, in order. */
  flush(): void {
    if (!this.port.isOpen()) return;
    for (const item of this.items) if (!item.sent) this.send(item);
  }

  /** The connection is gone: nobody knows what became of what was under way. */
  interrupt(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const item of this.items) item.sent = false;
  }

  /** There will be no connection any more. */
  abort(error: PostriderError): void {
    this.interrupt();
    for (const item of this.items.splice(0)) item.reject(error);
  }

  private send(item: Item): void {
    const { frame, answer } = this.port.request('publish', item.data);
    item.sent = true;
    const remove = (): void => void (this.items = this.items.filter((other) => other !== item));
    answer.then(
      (published) => {
        remove();
        item.resolve({ id: published.id, offset: published.offset });
      },
      (error: PostriderError) => {
        if (error.retryable) return this.again(item);
        remove();
        item.reject(error);
      },
    );
    const bytes = new TextEncoder().encode(JSON.stringify(frame)).length;
    if (bytes <= this.port.maxFrameBytes()) this.port.send([frame]);
    else {
      remove();
      item.reject(new PostriderError('payload_too_large', `The frame has ${bytes} bytes: too many for the server.`));
    }
  }

  private again(item: Item): void {
    item.sent = false;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, AGAIN_MS);
  }
}

/** `randomUUID` exists on secure pages only. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
