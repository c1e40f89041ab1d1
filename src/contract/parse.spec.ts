import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { PostriderError } from './postrider-error.js';
import { parse } from './parse.js';

const schema = z.strictObject({
  name: z.string().min(2).max(4),
  size: z.int().min(1).max(9).optional(),
  kind: z.enum(['a', 'b']).optional(),
  all: z.literal(true).optional(),
  to: z.strictObject({ users: z.array(z.string()) }).optional(),
  labels: z.record(z.string().max(3), z.string()).optional(),
  at: z.iso.datetime().optional(),
});

function faultsOf(value: unknown, read: z.ZodType = schema, root?: string): unknown {
  try {
    return parse(read, value, root);
  } catch (error) {
    if (!(error instanceof PostriderError)) throw error;
    expect(error).toMatchObject({ code: 'invalid_request', status: 400 });
    return error.errors;
  }
}

describe('parse', () => {
  it('returns the output of the schema', () => {
    expect(parse(z.string().transform(Number), '7')).toBe(7);
  });

  it.each([
    [{}, 'name', 'is required'],
    [{ name: 7 }, 'name', 'must be a string'],
    [{ name: 'x' }, 'name', 'is shorter than 2'],
    [{ name: 'xxxxx' }, 'name', 'is longer than 4'],
    [{ name: 'xx', size: 0 }, 'size', 'must be at least 1'],
    [{ name: 'xx', size: 10 }, 'size', 'must be at most 9'],
    [{ name: 'xx', size: 1.5 }, 'size', 'must be a whole number'],
    [{ name: 'xx', kind: 'c' }, 'kind', 'must be a or b'],
    [{ name: 'xx', all: false }, 'all', 'must be true'],
    [{ name: 'xx', to: {} }, 'to.users', 'is required'],
    [{ name: 'xx', to: { users: ['a', 'b', 'c', 4] } }, 'to.users[3]', 'must be a string'],
    [{ name: 'xx', to: { users: [], user: 'a' } }, 'to.user', 'is not a known field'],
    [{ name: 'xx', nmae: 'yy' }, 'nmae', 'is not a known field'],
    [{ name: 'xx', labels: [] }, 'labels', 'must be an object'],
    [{ name: 'xx', labels: { long: 'x' } }, 'labels', 'has an invalid key'],
    [{ name: 'xx', at: 'noon' }, 'at', 'is not valid: Invalid ISO datetime'],
    [undefined, '', 'is required'],
    [[], '', 'must be an object'],
  ])('refuses %j and names the field', (value, field, message) => {
    expect(faultsOf(value)).toEqual([{ field, message }]);
  });

  it('names every field at fault', () => {
    expect(faultsOf({ name: 1, size: 'x', more: 1, other: 2 })).toEqual([
      { field: 'name', message: 'must be a string' },
      { field: 'size', message: 'must be a number' },
      { field: 'more', message: 'is not a known field' },
      { field: 'other', message: 'is not a known field' },
    ]);
  });

  it('names a single parameter by its own name', () => {
    expect(faultsOf('x', z.string().min(2), 'topic')).toEqual([{ field: 'topic', message: 'is shorter than 2' }]);
  });

  it('never repeats values, long keys or many keys', () => {
    const faults = faultsOf({
      name: 'a-secret-value',
      ['k'.repeat(5_000)]: 1,
      ...Object.fromEntries(Array(99).entries()),
    });
    expect(faults).toHaveLength(20);
    expect(JSON.stringify(faults)).not.toContain('secret');
    expect(JSON.stringify(faults).length).toBeLessThan(2_000);
  });
});
