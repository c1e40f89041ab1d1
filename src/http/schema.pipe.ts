import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { parse } from '../contract/parse.js';

/**
 * Parses a parameter by the zod schema of its decorator: `@Body({ schema, pipes: [SchemaPipe] })`.
 */
@Injectable()
export class SchemaPipe implements PipeTransform<unknown, unknown> {
  /** @throws PostriderError `invalid_request` naming the fields at fault. */
  transform(value: unknown, { schema, data }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) throw new Error('SchemaPipe needs a zod schema');
    return parse(schema, value, data);
  }
}
