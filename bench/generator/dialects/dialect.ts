export type Destination = { readonly user: string } | { readonly topic: string };

/**
 * Guarantee for a message. `acked`: its receivers acknowledge it; `recovered`: returning receivers
 * get it, with an acknowledgement if the system supports both; `unasked`: nobody has to acknowledge
 * it.
 */
export type Care = 'acked' | 'recovered' | 'unasked';

export interface Message {
  readonly to: Destination;
  readonly data: string;
  readonly care: Care;
}

/** Actions of a conversation on its client. */
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

/** Address of a system, and its credentials. */
export interface Access {
  readonly port: number;
  readonly apiKey: string;
  /** Signs tokens of users. */
  readonly secret: string;
}
