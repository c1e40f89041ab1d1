import type { Reader } from '../delivery/session-client.js';

/** Writes a ping to a client. */
export interface PingSender {
  sendPing(): void;
}

/** How far a client has read: the answer to a ping comes after everything that was sent before the ping. */
export class ReadProbe {
  private pings = 0;
  private pongs = 0;
  /** Topics by the ping before whose answer nothing is acknowledged in them. */
  private fences?: Map<string, number>;
  /** Told once the ping `askedBy` is answered, and those that came too late for it. */
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

  /** One ping asks for all readers that wait. */
  whenRead(reader: Reader): void {
    this.toAsk = (this.toAsk ?? new Set()).add(reader);
    this.ask();
  }

  /** Voids acknowledgements of a topic until the client has answered a ping that is sent now. */
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
