import { type Deferred, type PostriderError, deferred, quiet } from './errors.js';
import type { Link } from './link.js';
import type { Delivery, Home, Refusal } from './message.js';

/** A refusal that the server has still to store. */
export interface Verdict extends Deferred<void>, Refusal {
  readonly id: string;
  epoch: string;
  offset: number;
  isSending?: boolean;
}

const AGAIN_MS = 1_000;
const MAX_REASON = 256;

/** Tells the server what is refused. What somebody waits for is kept over reconnects until the server has stored it. */
export class Refusals {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly link: Link,
    private readonly topics: ReadonlyMap<string, Home>,
  ) {}

  /**
   * Refuses a notification in each topic that it has come by.
   * @param isKept otherwise it is said once, and where that fails the notification is shown again.
   */
  refuse({ id, places }: Delivery, { reason, ...rest }: Refusal, isKept: boolean): Promise<void> {
    const verdicts = places.map(([{ epoch }, offset, topic]) => {
      // Half a character is no text that the server takes.
      const text = reason?.slice(0, MAX_REASON).replace(/\p{Surrogate}/gu, '\ufffd');
      const verdict: Verdict = { ...deferred<void>(), ...rest, reason: text, id, epoch, offset };
      if (isKept) topic.verdicts.push(verdict);
      void this.send(topic, verdict);
      return verdict.promise;
    });
    return quiet(Promise.all(verdicts).then(() => undefined));
  }

  /** A notification has come. @returns whether it was refused, and the server is told once more. */
  again(topic: Home, epoch: string, offset: number, id: string): boolean {
    const verdict = topic.verdicts.find((one) => one.id === id);
    if (!verdict) return false;
    Object.assign(verdict, { epoch, offset });
    void this.send(topic, verdict);
    return true;
  }

  /** The server has stored it. Heard in order with what else comes, so that the next sending is shown again. */
  stored(topic: Home, offset: number): void {
    const isIt = (one: Verdict): boolean => one.offset === offset && one.epoch === topic.position?.epoch;
    if (topic.verdicts.some((one) => isIt(one) && one.terminate)) topic.position?.skip(offset, offset);
    this.settle(topic, isIt);
  }

  /** Some verdicts of a topic are of no use any more: all went well, or why they are not. */
  settle(topic: Home, which?: (verdict: Verdict) => boolean, error?: PostriderError): void {
    const over = which ? topic.verdicts.filter(which) : topic.verdicts;
    topic.verdicts = topic.verdicts.filter((verdict) => !over.includes(verdict));
    for (const verdict of over) {
      if (error) verdict.reject(error);
      else verdict.resolve();
    }
    if ([...this.topics.values()].every(({ verdicts }) => verdicts.length === 0)) clearTimeout(this.timer);
  }

  /** Sends in a while what the server has not stored by then: what comes again is sent at once. */
  later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const topic of this.topics.values()) {
        if (topic.live) for (const verdict of topic.verdicts) void this.send(topic, verdict);
      }
    }, AGAIN_MS);
  }

  private async send(topic: Home, verdict: Verdict): Promise<void> {
    if (verdict.isSending) return;
    verdict.isSending = true;
    const isIt = (one: Verdict): boolean => one === verdict;
    const { offset, delayMs, reason, terminate } = verdict;
    try {
      await this.link.ask('nack', { topic: topic.name, offset, delayMs, reason, terminate });
      this.settle(topic, isIt);
      verdict.resolve();
    } catch (thrown) {
      const error = thrown as PostriderError;
      verdict.isSending = false;
      if (error.code === 'payload_too_large' && reason) {
        verdict.reason = undefined;
        return this.send(topic, verdict);
      }
      const { closedBy = error } = this.link;
      // Without a connection it is sent when there is one.
      if (closedBy.retryable && topic.verdicts.includes(verdict)) return void (topic.live && this.later());
      this.settle(topic, isIt, closedBy);
      verdict.reject(closedBy);
    }
  }
}
