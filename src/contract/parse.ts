import type { z } from 'zod';
import { pathText } from './path-text.js';
import { type FieldError, PostriderError } from './postrider-error.js';

const MAX_ERRORS = 20;

/**
 * Readers of what needs no walk through its schema. Each returns the same as the schema, or
 * undefined if the schema has to decide.
 */
export const shortcuts = new Map<z.ZodType, (value: unknown) => unknown>();

/**
 * Parses input from outside by its schema.
 * @param root name of the parameter if the schema describes a single one.
 * @throws PostriderError `invalid_request` naming each bad or unknown field, never its value.
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, root = ''): z.output<S> {
  const known = shortcuts.get(schema)?.(value);
  if (known !== undefined) return known as z.output<S>;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue, root)).slice(0, MAX_ERRORS);
  const detail = errors.map(({ field, message }) => `${field || 'The body'} ${message}`).join('; ');
  throw new PostriderError('invalid_request', `${detail}.`, { errors });
}

function fieldErrors(issue: z.core.$ZodIssue, root: string): FieldError[] {
  const field = pathText([...(root ? [root] : []), ...issue.path]);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: pathText([...issue.path, shortened(key)]),
      message: 'is not a known field',
    }));
  }
  if (issue.code === 'invalid_key')
    return [{ field: pathText(issue.path.slice(0, -1)), message: 'has an invalid key' }];
  return [{ field, message: messageOf(issue) }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${kindOf(issue)}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return isNumeric(issue) ? `must be at least ${issue.minimum}` : `is shorter than ${issue.minimum}`;
    case 'too_big':
      return isNumeric(issue) ? `must be at most ${issue.maximum}` : `is longer than ${issue.maximum}`;
    case 'custom':
      return issue.message;
    default:
      return `is not valid: ${issue.message}`;
  }
}

const isNumeric = ({ origin }: { origin: string }): boolean => origin === 'number' || origin === 'int';

function kindOf({ expected, format }: z.core.$ZodIssueInvalidType & { format?: string }): string {
  if (expected === 'int' || format === 'safeint') return 'a whole number';
  if (expected === 'object' || expected === 'record') return 'an object';
  return expected === 'array' ? 'a list' : `a ${expected}`;
}

/** Shortens a key, which is the client's text, to what is enough to recognize it. */
const shortened = (key: string): string => (key.length > 64 ? `${key.slice(0, 64)}…` : key);
