import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';

const REDACTED = ['token', 'authorization', 'key', 'data', '*.token', '*.authorization'];

/**
 * Nest's logger as one JSON object a line on standard output, with the node and the context of each line.
 * A message is a sentence, or an object whose fields become fields of the line (`msg` being the sentence).
 * Callers never pass payloads, tokens or keys.
 */
export class AppLogger implements LoggerService {
  private readonly pino: Logger;

  /** @param sink where the lines go instead of standard output. */
  constructor(
    { logLevel, nodeId }: Pick<Config, 'logLevel' | 'nodeId'>,
    sink: DestinationStream = pino.destination({ sync: true }),
  ) {
    this.pino = pino(
      {
        level: logLevel,
        base: { node: nodeId },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        // Pino's own would add every property of an error, such as the arguments of a failed command.
        serializers: { err: (error: unknown) => error },
        redact: { paths: REDACTED, censor: '[removed]' },
      },
      sink,
    );
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

  /** Nest calls `error(message, stack?, context?)`; a stack comes as text with line breaks, or as the error itself. */
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  private write(
    level: 'info' | 'warn' | 'debug' | 'trace' | 'fatal' | 'error',
    message: unknown,
    rest: unknown[],
  ): void {
    if (!this.pino.isLevelEnabled(level)) return;
    this.pino[level]({ ...fieldsOf(message), ...fieldsOfRest(rest) });
  }
}

function fieldsOf(message: unknown): object {
  if (message instanceof Error) return { msg: message.message, err: described(message) };
  if (typeof message === 'object' && message !== null) return message;
  return { msg: String(message) };
}

/** Nest puts the context last; before it may come a stack, an error or further fields. */
function fieldsOfRest(rest: unknown[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const part of rest) {
    if (part instanceof Error) fields['err'] = described(part);
    else if (typeof part === 'string' && part.includes('\n')) fields['err'] = { stack: part };
    else if (typeof part === 'string') fields['context'] = part;
    else if (typeof part === 'object' && part !== null) Object.assign(fields, part);
  }
  return fields;
}

function described(error: Error): object {
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: error.cause.message }),
  };
}
