import type { LoggerService, LogLevel as NestLevel } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { NodeSettings } from '../config/settings.js';
import { EventBudget } from './event-budget.js';
import { StartError } from '../contract/start-error.js';
import { type FieldsOf, LOG_EVENTS, type LogEvent, eventLine, isEvent } from './log-events.js';
import { lineOf } from './log-line.js';

const NEST_LEVELS: Readonly<Record<NodeSettings['logLevel'], readonly NestLevel[]>> = {
  trace: ['verbose'],
  debug: ['debug'],
  info: ['log'],
  warn: ['warn'],
  error: ['error'],
  fatal: ['fatal'],
  silent: [],
};
/** Docker splits longer lines. */
const MAX_LINE_BYTES = 16_000;
const MAX_BYTES_PER_CHARACTER = 3;
const MAX_SHORT_MSG = 200;
/** Levels without a limit, since they are enabled to see everything. */
const UNLIMITED = new Set<string>(['debug', 'trace']);

/**
 * Nest logger that writes one JSON object per line to standard output, with node and context. A
 * message is a sentence, or an object whose fields become fields of the line (`msg` is the
 * sentence) if the catalogue has them. Callers never pass payloads, tokens or keys.
 */
export class AppLogger implements LoggerService {
  /**
   * Enabled levels for `Logger.overrideLogger`, so that nothing is collected for lines that are not
   * written.
   */
  readonly levels: NestLevel[];
  /** Called for each event line that the budget of its event drops. */
  onDropped = (): void => undefined;
  private readonly pino: Logger;
  private readonly budget: EventBudget;

  /** @param sink destination of the lines, instead of standard output. */
  constructor(
    { logLevel, nodeId, logEventsPerSecond }: Pick<NodeSettings, 'logLevel' | 'nodeId' | 'logEventsPerSecond'>,
    sink: DestinationStream = pino.destination({ sync: true }),
  ) {
    this.levels = [...NEST_LEVELS[logLevel]];
    this.budget = new EventBudget(logEventsPerSecond);
    this.pino = pino(
      {
        level: logLevel,
        base: { node: nodeId },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        // Pino's own serializer would add every property of an error, such as the arguments of a
        // command.
        serializers: { err: (error: unknown) => error },
      },
      { write: (line) => sink.write(line.length * MAX_BYTES_PER_CHARACTER > MAX_LINE_BYTES ? shortened(line) : line) },
    );
  }

  /** Logs an event where Nest is not available; elsewhere `EventLogger` does. */
  event<E extends LogEvent>(event: E, fields: FieldsOf<E>): void {
    this.write(LOG_EVENTS[event].level, eventLine(event, fields), []);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /**
   * Nest calls `error(message, stack?, context?)`; the stack is text with line breaks, or the error
   * itself.
   */
  error(message: unknown, ...rest: unknown[]): void {
    // `main` prints it in plain words, so this copy from Nest is dropped.
    if (message instanceof StartError) return;
    this.write('error', message, rest);
  }

  private write(
    level: 'info' | 'warn' | 'debug' | 'trace' | 'fatal' | 'error',
    message: unknown,
    rest: unknown[],
  ): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const { err, ...fields } = { ...told(message), ...toldBeside(rest) };
    const { event } = fields;
    // Only events of the catalogue are counted, so that the number of budgets is bounded.
    const isLimited = isEvent(event) && !UNLIMITED.has(level);
    if (isLimited && !this.budget.take(event, (n) => this.reportDropped(event, n))) return this.onDropped();
    this.pino[level](lineOf(fields, err));
  }

  private reportDropped(event: string, count: number): void {
    this.event('events_dropped', { dropped: event, count });
  }
}

/** Shortens a line that container engines would split. */
function shortened(line: string): string {
  const bytes = Buffer.byteLength(line);
  if (bytes <= MAX_LINE_BYTES) return line;
  const { time, level, node, context, event, requestId, msg } = JSON.parse(line) as Record<string, unknown>;
  const start = String(msg).slice(0, MAX_SHORT_MSG);
  return `${JSON.stringify({ level, time, node, event, requestId, msg: start, context, extra: { cutBytes: bytes } })}\n`;
}

interface Told {
  [field: string]: unknown;
  err?: Error | string;
}

function told(message: unknown): Told {
  if (message instanceof Error) return { msg: message.message, err: message };
  if (typeof message === 'object' && message !== null) return { ...message };
  return { msg: String(message) };
}

/**
 * Parses Nest's extra arguments: the context comes last; a stack, an error or further fields may
 * precede it.
 */
function toldBeside(rest: unknown[]): Told {
  const fields: Told = {};
  for (const part of rest) {
    if (part instanceof Error) fields.err = part;
    else if (typeof part === 'string' && part.includes('\n')) fields.err = part;
    else if (typeof part === 'string') fields['context'] = part;
    else if (typeof part === 'object' && part !== null) Object.assign(fields, part);
  }
  return fields;
}
