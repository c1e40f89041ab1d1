export type Destination = { readonly user: string } | { readonly topic: string };

/**
 * How a message is looked after. `acked`: its receivers acknowledge it; `recovered`: who returns gets it, with an
 * acknowledgement where the system can do both; `unasked`: nobody is asked to acknowledge it.
 */
export type Care = 'acked' | 'recovered' | 'unasked';

export interface Message {
  readonly to: Destination;
  readonly data: string;
  readonly care: Care;
}

/** What a conversation can do with its client. */
export interface Link {
  readonly user: string;
  /** A named topic to receive beside what is sent to the user. */
  readonly topic?: string;
  /** Sends a text frame, joined with others of the same read. */
  send(text: string): void;
  /** The handshake is through: what is published from now on arrives. */
  ready(): void;
  arrived(sequence: number): void;
}

/** One client's side of the protocol. It outlives the connection, so that it can resume. */
export interface Conversation {
  /** Path and further header lines of the upgrade request. */
  upgrade(): { path: string; headers: string };
  /** The upgrade was answered. */
  opened(): void;
  /** Takes a text frame, which is only valid during the call. */
  message(payload: Buffer): void;
  /** Everything that one read brought has been taken. */
  readEnded(): void;
}

/** How one system is spoken to. */
export interface Dialect {
  /** The bytes of a POST. */
  publish(message: Message): string;
  /** The same for several at once, where the system can. */
  batch?(messages: readonly Message[]): string;
  converse(link: Link): Conversation;
}

/** Where a system listens, and what lets one in. */
export interface Access {
  readonly port: number;
  readonly apiKey: string;
  /** Signs tokens of users. */
  readonly secret: string;
}
