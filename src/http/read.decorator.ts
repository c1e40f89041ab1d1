import { Body, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { SchemaPipe } from './schema.pipe.js';

/** Request body, parsed by its schema. */
export const ReadBody = (schema: z.ZodType): ParameterDecorator => Body({ schema, pipes: [SchemaPipe] });

/** Path parameter, parsed by its schema. */
export const ReadParam = (name: string, schema: z.ZodType): ParameterDecorator =>
  Param(name, { schema, pipes: [SchemaPipe] });

/** Whole query, parsed by its schema. */
export const ReadQuery = (schema: z.ZodObject): ParameterDecorator => Query({ schema, pipes: [SchemaPipe] });
