import { type Deferred, deferred } from './errors.js';
import type { NotificationData } from './frames.js';
import type { Position } from './position.js';

/** A notification as the application gets it. */
export interface Message<T = unknown> {
  /** The topic that it came by. */
  readonly topic: string;
  /** Its number in the topic. */
  readonly offset: number;
  /** Identity of the topic's numbering. */
  readonly epoch: string;
  /** Id of the notification, the same in every topic and for every recipient. */
  readonly id: string;
  /** The kind of notification, for the application. */
  readonly type: string;
  /** The publisher's data. */
  readonly data: T;
  /** When it was published. */
  readonly at: Date;
  /** When it loses its meaning. */
  readonly expiresAt?: Date;
  /** 1 for the first delivery to this session. */
  readonly attempt: number;
  /** The publisher's own reference to what it belongs to. */
  readonly correlationId?: string;
  /** Where the server traces it: the span that the application's own may be below (W3C Trace Context). Goes back with the ack. */
  readonly traceparent?: string;
  /**
   * The application is through with it. Resolves when the server has stored that, over reconnects if need be.
   * @throws PostriderError `stale_epoch` where the topic was reset meanwhile, `closed` where the client was closed.
   */
  ack(): Promise<void>;
  /**
   * It shall come again. Resolves as `ack()` does.
   * @param delayMs when, in milliseconds; the server's backoff by default.
   * @throws PostriderError as of `ack()`.
   */
  nack(delayMs?: number): Promise<void>;
  /**
   * It makes no sense: it shall never come again to this session and becomes a dead letter. Resolves as `ack()` does.
   * @param reason for the operators, up to 256 characters.
   * @throws PostriderError as of `ack()`.
   */
  terminate(reason?: string): Promise<void>;
}

/** Takes a message; what it returns is awaited, what it throws is a nack. */
export type Handler<T = unknown> = (message: Message<T>) => unknown;

/** A refusal as it travels. */
export interface Refusal {
  delayMs?: number | undefined;
  reason?: string | undefined;
  terminate?: true;
}

/** Takes the decisions about messages. */
export interface Desk {
  /** Acknowledges it, and settles what `awaited` promises. */
  confirm(delivery: Delivery): void;
  refuse(delivery: Delivery, refusal: Refusal): void;
}

/** The topic of a message, as far as its acknowledgement goes. */
export interface Home {
  readonly name: string;
  /** The application has to acknowledge by itself. */
  readonly byHand: boolean;
  /** The server has confirmed it on this connection. */
  readonly live: boolean;
  readonly position: Position | undefined;
  /** Acks that somebody waits for. */
  confirming: Delivery[];
  /** Traces that go back with the next ack. */
  traces: string[];
}

/** A place at which a notification has come. */
export type Place = readonly [position: Position, offset: number, topic: Home];

/** A message on its way through the client. */
export class Delivery {
  // Copied from the frame.
  declare readonly offset: number;
  declare readonly epoch: string;
  declare readonly id: string;
  declare readonly traceparent?: string;

  /** As the application gets it. */
  readonly message: Message;
  /** The places to acknowledge: the same notification may come by several topics. */
  places: Place[];
  /** Not yet with the application, with it, with it for too long, or decided. */
  stage: 'waiting' | 'running' | 'late' | 'over' = 'waiting';
  /** When its turn came, or that of asking for it (monotonic, in ms). */
  startedAt = 0;
  /** It came again since then. */
  again = false;
  /** How often whoever had the right to handle it was given up. */
  turn = 0;
  /** Gives back the right to handle it. */
  letGo: (() => void) | undefined;
  /** Settled once the server has the decision. */
  awaited: Deferred<void> | undefined;
  refusal: Refusal | undefined;
  /** The refusal is on its way to the server. */
  isTold = false;

  /** @param replay history that was asked for: shown although it was seen. */
  constructor(
    frame: NotificationData,
    position: Position,
    readonly replay: boolean,
    readonly home: Home,
    desk: Desk,
  ) {
    const { at, expiresAt, offset } = frame;
    Object.assign(this, frame);
    this.places = [[position, offset, home]];
    const data = { ...frame, at: new Date(at), ...(expiresAt && { expiresAt: new Date(expiresAt) }) };
    // The rest is data, to be stored or sent as it is; the calls work through whatever proxy the application has put around it.
    this.message = Object.defineProperties(data, {
      ack: { value: () => this.decide(() => desk.confirm(this)) },
      nack: { value: (delayMs?: number) => this.decide(() => desk.refuse(this, { delayMs })) },
      terminate: { value: (reason?: string) => this.decide(() => desk.refuse(this, { terminate: true, reason })) },
    }) as unknown as Message;
  }

  /** The first decision counts; later calls get its promise. */
  private decide(how: () => void): Promise<void> {
    if (!this.awaited) {
      this.awaited = deferred();
      how();
    }
    return this.awaited.promise;
  }
}
