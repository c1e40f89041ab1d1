import { Injectable, Logger } from '@nestjs/common';

/** Why somebody has to be reached by another way: a notification that nobody has acknowledged in time. */
export interface Escalation {
  /** The same for every try of one step, so that a channel can tell a repetition. */
  readonly key: string;
  readonly app: string;
  readonly notification: string;
  readonly topic: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, string>>;
  /** Since the notification was accepted, in milliseconds. */
  readonly afterMs: number;
}

/**
 * Port: a way out of the system for what nobody acknowledges, such as e-mail, SMS or a webhook.
 *
 * Nothing calls it yet: a body with `escalate` is refused until a release that does. Its contract is fixed already:
 * `escalate` is called at least once for each step that is due and must be harmless when repeated with the same `key`. It
 * has 10 s. A throw means "not done": the call is made again with a growing wait, until the notification ends. It
 * runs in the worker and must not hold it up with computing.
 */
export abstract class EscalationChannel {
  /** What a publisher writes in `via`; unique, 1 to 256 characters. */
  abstract readonly name: string;
  abstract escalate(escalation: Escalation): Promise<void>;
}

/** Writes a line to the log, without the payload. */
@Injectable()
export class LogEscalationChannel extends EscalationChannel {
  readonly name = 'log';
  private readonly logger = new Logger(LogEscalationChannel.name);

  escalate({ app, notification, topic, afterMs: ms }: Escalation): Promise<void> {
    this.logger.warn({ msg: 'Nobody has acknowledged a notification', app, notification, topic, ms });
    return Promise.resolve();
  }
}
