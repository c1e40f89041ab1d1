import type { z } from 'zod';
import type { Scope } from '../../src/auth/scope.js';

/**
 * REST call as docs/rest-api.md shows it; its examples are checked against the server's schemas.
 */
export interface RestCall {
  group: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  scope: Scope;
  /** Path with its query, as in a request. */
  example: string;
  meaning: string;
  query?: z.ZodObject;
  /** Schema of the body, with its example. */
  body?: z.ZodType;
  /** True if it accepts an `Idempotency-Key`. */
  takesKey?: true;
  /** Fields of the body, if they have no separate section. */
  fields?: z.ZodObject;
  status: number;
  answer: { schema: z.ZodType; example: unknown };
  refusals?: string;
}

export const ID = 'smmh2k0p1q7f3x9b2de0a';
export const EPOCH = 'p3k9z1';
export const AT = '2026-03-01T12:00:00.000Z';
export const stored = { topic: 'user:alice', offset: 42, epoch: EPOCH, online: 2 };
export const accepted = { id: ID, state: 'accepted', targets: [stored] };

/** Returns the example of a schema, which OpenAPI shows, too. */
export const exampleOf = (schema: z.ZodType): unknown => schema.meta()?.['example'];
