import { type Deferred, deferred } from './errors.js';
import type { NotificationData } from './frames.js';
import type { Position } from './position.js';

/** Notification as the application gets it. */
export interface Message<T = unknown> {
  /** Topic that it came by. */
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
  /** Time when it loses its meaning. */
  readonly expiresAt?: Date;
  /** 1 for the first delivery to this session. */
  readonly attempt: number;
  /** The publisher's own reference. */
  readonly correlationId?: string;
  /** Span of the server to continue (W3C Trace Context). It goes back with the ack. */
  readonly traceparent?: string;
  /**
   * Acknowledges the message. Resolves when the server has stored that, over reconnects if need be.
   * @throws PostriderError `stale_epoch` if the topic was reset meanwhile, `closed` if the client
   * was closed.
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

/** The topic of a message, as far as acknowledgement goes. */
export interface Home {
  readonly name: string;
  /** True if the application acknowledges by itself. */
  readonly byHand: boolean;
  /** True if the server has confirmed the topic on this connection. */
  readonly live: boolean;
  readonly position: Position | undefined;
  /** Acks that the application waits for. */
  confirming: Delivery[];
  /** Traces that go back with the next ack. */
  traces: string[];
}

/** Place where a notification came. */
export type Place = readonly [position: Position, offset: number, topic: Home];

/** A message on its way through the client. */
export class Delivery {
  // Copied from the frame.
  declare readonly offset: number;
  declare readonly epoch: string;
  declare readonly id: string;
  declare readonly traceparent?: string;

  readonly home: Home;
  /** History that was asked for: shown although it was seen. */
  readonly replay: boolean;
  /** The message for the application. */
  readonly message: Message;
  /** The places to acknowledge: a notification may come by several topics. */
  places: Place[];
  /** Not with the application yet, with it, with it for too long, or decided. */
  stage: 'waiting' | 'running' | 'late' | 'over' = 'waiting';
  /** When it was its turn to be claimed or handled (monotonic, in ms). */
  startedAt = 0;
  /** It came again since then. */
  again = false;
  /** How often a holder of the right to handle it was given up. */
  turn = 0;
  /** Gives back the right to handle it. */
  letGo: (() => void) | undefined;
  /** Settled when the server has the decision. */
  awaited: Deferred<void> | undefined;
  refusal: Refusal | undefined;
  /** The refusal is on its way to the server. */
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
    // The rest is data, to be stored or sent. The calls work through any proxy that the application
    // puts around it.
    this.message = Object.defineProperties(data, {
      ack: { value: () => decide(() => desk.confirm(this)) },
      nack: { value: (delayMs?: number) => decide(() => desk.refuse(this, { delayMs })) },
      terminate: { value: (reason?: string) => decide(() => desk.refuse(this, { terminate: true, reason })) },
    }) as unknown as Message;
  }
}
