import { type FieldType, LOG_FIELDS, type LogField } from './log-events.js';

/** Maximum characters that are searched in one text. */
const MAX_READ = 16_384;
const MAX_TEXT = 1_024;
const MAX_NAME = 64;
const MAX_STACK = 4_096;
const MAX_ITEMS = 20;
const MAX_EXTRA = 20;
const MAX_DEPTH = 3;
const REMOVED = '[removed]';

/** Names of fields that are never written. */
const SECRET = /token|authorization|password|secret|cookie|api-?key|^key$|^data$|^metadata$/i;

/** Input that libraries quote in their messages. */
const QUOTES: readonly [RegExp, string][] = [
  // Redis quotes the arguments of an unknown command, which may be AUTH.
  [/,? with args beginning with:[^]*/, ''],
  // Credentials in URLs. Stacks have file URLs, in which a package name may begin with an @.
  [/(?<!file):\/\/\S{0,512}@/g, `://${REMOVED}@`],
];
const NOT_JSON = ' is not valid JSON';
/**
 * Characters that JSON does not escape: DEL and C1 controls, which terminals obey, and line and
 * paragraph separators.
 */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * Makes a log line safe: fields of the catalogue keep their type, everything else goes under
 * `extra`, secrets are removed by name, and the size is bounded.
 * @param err an error, or its stack as text.
 */
export function lineOf(fields: Readonly<Record<string, unknown>>, err?: Error | string): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  const extra: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (isField(name) && fits(LOG_FIELDS[name].type, value)) line[name] = bounded(value);
    else if (extra.length < MAX_EXTRA) extra.push(named(name, value));
  }
  if (extra.length > 0) line['extra'] = Object.fromEntries(extra);
  if (typeof err === 'string') line['err'] = { stack: text(err, MAX_STACK) };
  else if (err instanceof Error) line['err'] = errorOf(err);
  return line;
}

/** Copies no further properties of an error, such as the arguments of a failed command. */
function errorOf({ name, message, stack, cause }: Error): object {
  return {
    type: text(name),
    message: text(message),
    ...(stack !== undefined && { stack: text(stack, MAX_STACK) }),
    ...(cause instanceof Error && { cause: text(cause.message) }),
  };
}

/** Fields that only the logger writes. */
const OWN = new Set(['time', 'level', 'node', 'err', 'extra']);
const isField = (name: string): name is LogField => Object.hasOwn(LOG_FIELDS, name) && !OWN.has(name);

function fits(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'keyword':
    case 'text':
      return typeof value === 'string';
    case 'keywords':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'long':
      return Number.isSafeInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return false;
  }
}

function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return errorOf(value);
  if (typeof value !== 'object') return typeof value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => bounded(item, depth + 1));
  const parts = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(parts.map(([name, part]) => named(name, part, depth + 1)));
}

const named = (name: string, value: unknown, depth = 0): [string, unknown] => [
  text(name, MAX_NAME),
  SECRET.test(name) ? REMOVED : bounded(value, depth),
];

function text(given: string, most = MAX_TEXT): string {
  let clean = withoutSource(given.slice(0, MAX_READ));
  for (const [quote, instead] of QUOTES) clean = clean.replace(quote, instead);
  clean = clean.replace(CONTROLS, '\ufffd');
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}

/**
 * Removes the input that `JSON.parse` quotes: everything between the first and the last quotation
 * mark.
 */
function withoutSource(message: string): string {
  const end = message.lastIndexOf(NOT_JSON);
  const start = end < 0 ? -1 : message.indexOf('"');
  return start < 0 || start > end ? message : `${message.slice(0, start)}it${message.slice(end)}`;
}
