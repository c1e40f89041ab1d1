import { Logger } from '@nestjs/common';
import { type FieldsOf, LOG_EVENTS, type LogEvent, type LogLevel, eventLine } from './log-events.js';

const METHODS = { debug: 'debug', info: 'log', warn: 'warn', error: 'error', fatal: 'fatal' } as const satisfies Record<
  LogLevel,
  string
>;

/** Nest logger of a class that also logs events of the catalogue. */
export class EventLogger extends Logger {
  /**
   * True if events of this kind are logged. Frequent callers ask before they collect the fields.
   */
  isEnabled(event: LogEvent): boolean {
    return Logger.isLevelEnabled(METHODS[LOG_EVENTS[event].level]);
  }

  /** @param thrown a fault of ours, logged with its stack; never an error of a client. */
  event<E extends LogEvent>(event: E, fields: FieldsOf<E>, thrown?: unknown): void {
    if (!this.isEnabled(event)) return;
    const method = METHODS[LOG_EVENTS[event].level];
    if (thrown === undefined) this[method](eventLine(event, fields));
    else this[method](eventLine(event, fields), thrown);
  }
}
