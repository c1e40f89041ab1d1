import type { Reader } from '../delivery/session-client.js';

/** Writes a ping to a client. */
export interface PingSender {
  sendPing(): void;
}

/**
 * Finds out how far a client has read: the answer to a ping comes after everything sent before the
 * ping.
 */
export class ReadProbe {
  private pings = 0;
  private pongs = 0;
  /**
   * Pending fences by topic: number of the ping whose answer ends it. Until then, acks of the topic
   * are void.
   */
  private fences?: Map<string, number>;
  /**
   * Readers that wait for the answer to the ping `askedBy`, and those that came too late for it.
   */
  private asked?: ReadonlySet<Reader> | undefined;
  private askedBy = 0;
  private toAsk?: Set<Reader> | undefined;

  constructor(private readonly client: PingSender) {}

  ping(): void {
    this.pings++;
    this.client.sendPing();
  }

  ponged(): void {
    if (this.pongs < this.pings) this.pongs++;
    const { asked } = this;
    if (!asked || this.pongs < this.askedBy) return;
    this.asked = undefined;
    for (const reader of asked) reader.read();
    this.ask();
  }

  /** One ping serves all waiting readers. */
  whenRead(reader: Reader): void {
    this.toAsk = (this.toAsk ?? new Set()).add(reader);
    this.ask();
  }

  /** Voids acks of a topic until the client has answered a ping that is sent now. */
  fence(topic: string): void {
    this.ping();
    this.fences = (this.fences ?? new Map<string, number>()).set(topic, this.pings);
  }

  isFenced(topic: string): boolean {
    const fence = this.fences?.get(topic);
    if (fence === undefined) return false;
    if (this.pongs < fence) return true;
    this.fences?.delete(topic);
    return false;
  }

  private ask(): void {
    if (this.asked || !this.toAsk) return;
    this.asked = this.toAsk;
    this.toAsk = undefined;
    this.ping();
    this.askedBy = this.pings;
  }
}
