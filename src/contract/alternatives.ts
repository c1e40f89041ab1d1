import { z } from 'zod';

/** Registry of schemas that take exactly one of their fields; OpenAPI shows them as `oneOf`. */
export const alternatives = z.registry();

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Replaces the properties of such a schema by a `oneOf` with one object for each field. */
export function spreadAlternatives(schema: JsonSchema): void {
  const { properties = {} } = schema;
  for (const keyword of ['type', 'properties', 'required', 'additionalProperties'] as const) delete schema[keyword];
  schema.oneOf = Object.entries(properties).map(([name, property]) => ({
    title: name,
    type: 'object',
    properties: { [name]: property },
    required: [name],
    additionalProperties: false,
  }));
}
