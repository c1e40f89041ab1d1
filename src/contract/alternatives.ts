import { z } from 'zod';

/** Objects that take exactly one of their fields: OpenAPI has them as `oneOf` with an object for each field. */
export const alternatives = z.registry();

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Makes `oneOf` of the properties of such an object, in its place. */
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
