import type { FrameId } from '../contract/client-frames.js';
import type { ServerEvent } from '../contract/server-frames.js';
import { eventText } from './frame-codec.js';

/** Fills the place of an answer; without an event there is none. */
export type Answer = (event?: ServerEvent, data?: object, id?: FrameId) => void;

/** Place in the order of answers; `undefined` until the answer is there, '' for none. */
interface Slot {
  text?: string;
}

/** Receiver of answers. */
export interface AnswerSink {
  /** Called with each answer in turn. */
  writeText(text: string): void;
  /** Called once no request waits for its answer. */
  allAnswered(): void;
}

/** Keeps the answers of one socket in the order of their requests. */
export class AnswerQueue {
  private readonly slots: Slot[] = [];

  constructor(private readonly sink: AnswerSink) {}

  /** Number of requests that wait for their answer. */
  get size(): number {
    return this.slots.length;
  }

  /**
   * Reserves the next place. The returned function fills it, with nothing if there is no answer.
   */
  reserve(): Answer {
    const slot: Slot = {};
    this.slots.push(slot);
    return (event, data, id) => {
      slot.text = event === undefined ? '' : eventText(event, data, id);
      while (this.slots[0]?.text !== undefined) {
        const text = this.slots.shift()?.text;
        if (text) this.sink.writeText(text);
      }
      if (this.slots.length === 0) this.sink.allAnswered();
    };
  }
}
