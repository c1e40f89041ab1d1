import type { FrameId } from '../contract/client-frames.js';
import type { ServerEvent } from '../contract/server-frames.js';
import { eventText } from './frame-codec.js';

/** Gives the answer of a request in its turn; without an event there is none. */
export type Answer = (event?: ServerEvent, data?: object, id?: FrameId) => void;

/** A place in the order of answers; `undefined` until the answer is there, '' for none. */
interface Slot {
  text?: string;
}

/** Receiver of answers. */
export interface AnswerSink {
  /** The turn of an answer has come. */
  writeText(text: string): void;
  /** No request waits for its answer. */
  allAnswered(): void;
}

/** Answers of one socket in the order in which their requests came. */
export class AnswerQueue {
  private readonly slots: Slot[] = [];

  constructor(private readonly sink: AnswerSink) {}

  /** How many requests wait for their answer. */
  get size(): number {
    return this.slots.length;
  }

  /** Reserves the next place. The function given back fills it, with nothing where no answer is due. */
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
