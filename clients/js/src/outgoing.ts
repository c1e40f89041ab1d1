import type { Emitter } from './emitter.js';
import { PostriderError, guarded, textOf } from './errors.js';
import type { Frame } from './frames.js';
import type { PostriderOptions } from './options.js';

/** Largest message into which the frames of one go are put together. */
const BATCH_BYTES = 16_384;

/** Gathers the frames of one go into messages that the server takes. */
export class Outgoing {
  /** Largest message that the server takes. */
  maxBytes = Infinity;
  private texts: string[] = [];
  /** Size of the texts and of the commas and brackets around them. */
  private bytes = 0;
  private readonly encoder = new TextEncoder();

  constructor(
    private readonly events: Emitter,
    private readonly onFrame: PostriderOptions['onFrame'],
    private readonly deliver: (text: string) => void,
  ) {}

  /** @throws PostriderError `not_serializable`, `payload_too_large`; then nothing is sent. */
  add(frame: Frame): void {
    const text = textFor(frame);
    const bytes = this.encoder.encode(text).length + 1;
    if (bytes > this.maxBytes + 1) {
      throw new PostriderError(
        'payload_too_large',
        `the frame ${frame.event} has ${bytes - 1} bytes, the server takes ${this.maxBytes}`,
      );
    }
    this.show('out', frame);
    if (this.bytes + bytes >= Math.min(BATCH_BYTES, this.maxBytes)) this.flush();
    this.bytes += bytes;
    if (this.texts.push(text) === 1) queueMicrotask(() => this.flush());
  }

  /** Sends what waits to go together. */
  flush(): void {
    const { texts } = this;
    this.texts = [];
    this.bytes = 0;
    if (texts.length > 0) this.deliver(texts.length > 1 ? `[${texts.join()}]` : String(texts[0]));
  }

  /** Shows a frame to the application, which may fail at it. */
  show(direction: 'in' | 'out', frame: Frame): void {
    if (!this.onFrame) return;
    const { event, data } = frame;
    const shown = /hello|refresh$/.test(event) ? { ...frame, data: { ...(data as object), token: '…' } } : frame;
    guarded(
      () => this.onFrame?.(direction, shown),
      (thrown) => this.events.fail('listener_failed', textOf(thrown), thrown),
    );
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
