import type { Emitter } from './emitter.js';
import { PostriderError, textOf } from './errors.js';
import type { Frame } from './frames.js';
import type { PostriderOptions } from './options.js';

/** Largest message that frames are combined into. */
const BATCH_BYTES = 16_384;

/** Combines the frames of one tick into messages that the server accepts. */
export class Outgoing {
  /** Largest message that the server accepts. */
  maxBytes = Infinity;
  readonly #events: Emitter;
  readonly #onFrame: PostriderOptions['onFrame'];
  readonly #deliver: (text: string) => void;
  readonly #encoder = new TextEncoder();
  #texts: string[] = [];
  /** Size of the texts, with the commas and brackets around them. */
  #bytes = 0;

  constructor(events: Emitter, onFrame: PostriderOptions['onFrame'], deliver: (text: string) => void) {
    this.#events = events;
    this.#onFrame = onFrame;
    this.#deliver = deliver;
  }

  /** @throws PostriderError `not_serializable`, `payload_too_large`; then nothing is sent. */
  add(frame: Frame): void {
    const text = textFor(frame);
    const bytes = this.#encoder.encode(text).length;
    if (bytes > this.maxBytes) {
      const reason = `the frame ${frame.event} has ${bytes} bytes, the server accepts ${this.maxBytes}`;
      throw new PostriderError('payload_too_large', reason);
    }
    this.show('out', frame);
    if (this.#bytes + bytes + 1 >= Math.min(BATCH_BYTES, this.maxBytes)) this.flush();
    this.#bytes += bytes + 1;
    if (this.#texts.push(text) === 1) queueMicrotask(() => this.flush());
  }

  /** Sends the frames so far as one message. */
  flush(): void {
    const texts = this.#texts;
    this.#texts = [];
    this.#bytes = 0;
    if (texts.length > 0) this.#deliver(texts.length > 1 ? `[${texts.join()}]` : String(texts[0]));
  }

  /** Shows a frame to the application. */
  show(direction: 'in' | 'out', frame: Frame): void {
    const onFrame = this.#onFrame;
    if (!onFrame) return;
    const { event, data } = frame;
    const shown = /hello|refresh$/.test(event) ? { ...frame, data: { ...(data as object), token: '…' } } : frame;
    this.#events.call(() => onFrame(direction, shown));
  }
}

/** @throws PostriderError `not_serializable`. */
export function textFor(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new PostriderError('not_serializable', textOf(cause), false, cause);
  }
}
