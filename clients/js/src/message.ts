import { type Deferred, deferred } from './errors.js';
import type { NotificationData } from './frames.js';
import type { Position } from './position.js';

/** Notification as the application gets it. */
export interface Message<T = unknown> {
  /** Topic that it came through. */
  readonly topic: string;
  /** Number in the topic. */
  readonly offset: number;
  /** Identity of the topic's numbering. */
  readonly epoch: string;
  /** Id of the notification, the same in every topic and for every recipient. */
  readonly id: string;
  /** Kind of notification, for the application. */
  readonly type: string;
  /** The publisher's data. */
  readonly data: T;
  /** Time of publication. */
  readonly at: Date;
  /** Time when it expires. */
  readonly expiresAt?: Date;
  /** 1 for the first delivery to this session. */
  readonly attempt: number;
  /** The publisher's own reference. */
  readonly correlationId?: string;
  /** Span of the server to continue (W3C Trace Context). It goes back with the ack. */
  readonly traceparent?: string;
  /**
   * Acknowledges the message. Resolves when the server has stored the ack, across reconnects if
   * necessary.
   * @throws PostriderError `stale_epoch` if the topic was reset in the meantime, `closed` if the
   * client was closed.
   */
  ack(): Promise<void>;
  /**
   * Requests redelivery. Resolves as `ack()` does.
   * @param delayMs wait before it, in milliseconds. Default: the server's backoff.
   * @throws PostriderError as `ack()` does.
   */
  nack(delayMs?: number): Promise<void>;
  /**
   * Rejects the message permanently for this session; it becomes a dead letter. Resolves as `ack()`
   * does.
   * @param reason text for the operators, up to 256 characters.
   * @throws PostriderError as `ack()` does.
   */
  terminate(reason?: string): Promise<void>;
}

/** Handles a message. Its result is awaited; an error requests redelivery. */
export type Handler<T = unknown> = (message: Message<T>) => unknown;

/** Content of a `nack` frame beside the place. */
export interface Refusal {
  delayMs?: number | undefined;
  reason?: string | undefined;
  terminate?: true;
}

/** Takes the application's decisions about messages. */
export interface Desk {
  /** Acknowledges a delivery and settles its `awaited`. */
  confirm(delivery: Delivery): void;
  refuse(delivery: Delivery, refusal: Refusal): void;
}

/** Topic of a message, as far as acknowledgment needs it. */
export interface Home {
  readonly name: string;
  /** True if the application sends the acks itself. */
  readonly byHand: boolean;
  /** True if the server has confirmed the topic on this connection. */
  readonly live: boolean;
  readonly position: Position | undefined;
  /** Acks that the application waits for. */
  confirming: Delivery[];
  /** Traces that go back with the next ack. */
  traces: string[];
}

/** Place in a topic at which a notification came. */
export type Place = readonly [position: Position, offset: number, topic: Home];

/** A message on its way through the client. */
export class Delivery {
  // Copied from the frame.
  declare readonly offset: number;
  declare readonly epoch: string;
  declare readonly id: string;
  declare readonly traceparent?: string;

  readonly home: Home;
  /** True for requested history, which is shown although it was handled before. */
  readonly replay: boolean;
  /** The message for the application. */
  readonly message: Message;
  /** Places to acknowledge: a notification may come through several topics. */
  places: Place[];
  /** Progress: not with the application yet, with it, with it for too long, or decided. */
  stage: 'waiting' | 'running' | 'late' | 'over' = 'waiting';
  /** Time when it was claimed or its handlers started (monotonic, in ms). */
  startedAt = 0;
  /** True if it has come again since then. */
  again = false;
  /** Number of holders of the right to handle it that were given up as hung. */
  turn = 0;
  /** Gives back the right to handle it. */
  letGo: (() => void) | undefined;
  /** Settled when the server has the decision. */
  awaited: Deferred<void> | undefined;
  refusal: Refusal | undefined;
  /** True while the refusal is on its way to the server. */
  isTold = false;

  constructor(frame: NotificationData, position: Position, replay: boolean, home: Home, desk: Desk) {
    Object.assign(this, frame);
    this.replay = replay;
    this.home = home;
    const { at, expiresAt, offset } = frame;
    this.places = [[position, offset, home]];
    const data = { ...frame, at: new Date(at), ...(expiresAt && { expiresAt: new Date(expiresAt) }) };
    // The first decision counts. Later calls get its promise.
    const decide = (how: () => void): Promise<void> => {
      if (!this.awaited) {
        this.awaited = deferred();
        how();
      }
      return this.awaited.promise;
    };
    // The other properties are plain data that can be stored or sent. The methods work through any
    // proxy that the application wraps around the message.
    this.message = Object.defineProperties(data, {
      ack: { value: () => decide(() => desk.confirm(this)) },
      nack: { value: (delayMs?: number) => decide(() => desk.refuse(this, { delayMs })) },
      terminate: { value: (reason?: string) => decide(() => desk.refuse(this, { terminate: true, reason })) },
    }) as unknown as Message;
  }
}
