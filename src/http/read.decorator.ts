import { Body, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { SchemaPipe } from './schema.pipe.js';

/** The body of a request, read by its schema. */
export const ReadBody = (schema: z.ZodType): ParameterDecorator => Body({ schema, pipes: [SchemaPipe] });

/** One part of the path, read by its schema. */
export const ReadParam = (name: string, schema: z.ZodType): ParameterDecorator =>
  Param(name, { schema, pipes: [SchemaPipe] });

/** The query as a whole, read by its schema. */
export const ReadQuery = (schema: z.ZodObject): ParameterDecorator => Query({ schema, pipes: [SchemaPipe] });
