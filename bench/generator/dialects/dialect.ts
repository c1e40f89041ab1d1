export type Destination = { readonly user: string } | { readonly topic: string };

/**
 * Guarantee for a message. `acked`: its receivers acknowledge it; `recovered`: returning receivers
 * get it, with an ack if the system supports both; `unasked`: no ack is needed.
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
  /** Named topic to receive in addition to the user's own messages. */
  readonly topic?: string;
  /** Sends a text frame, joined with other frames of the same read. */
  send(text: string): void;
  /** Reports that the handshake is complete, so that messages published from now on arrive. */
  ready(): void;
  arrived(sequence: number): void;
}

/** Client's side of the protocol. It outlives the connection, so that it can resume. */
export interface Conversation {
  /** Returns the path and further header lines of the upgrade request. */
  upgrade(): { path: string; headers: string };
  /** Called when the upgrade was answered. */
  opened(): void;
  /** Takes a text frame, which is only valid during the call. */
  message(payload: Buffer): void;
  /** Called when everything of one read has been taken. */
  readEnded(): void;
}

/** Protocol of one system. */
export interface Dialect {
  /** Returns the bytes of a POST. */
  publish(message: Message): string;
  /** Returns one POST for several messages, if the system supports batches. */
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
