import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { alternatives, spreadAlternatives } from '../contract/alternatives.js';

/** Order of the tags; others follow. */
const TAGS = ['Notifications', 'Topics', 'Sessions', 'Dead letters', 'Revocations', 'Books', 'Health', 'Metrics'];

/** OpenAPI document of the REST calls, built from the schemas that validate them. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const about = TAGS.reduce((builder, tag) => builder.addTag(tag), new DocumentBuilder())
    .setTitle('Postrider')
    .setDescription(
      'Durable push notifications, delivered over WebSockets and acknowledged. [asyncapi.json](/docs/asyncapi.json) describes the sockets.',
    )
    .setVersion('1')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'opaque',
      description: 'API key, or admin key with the header Postrider-App naming the app',
    })
    .build();
  const document = SwaggerModule.createDocument(app, about, {
    standardSchemaConverter: (schema) => (schema instanceof z.ZodType ? openApiSchema(schema) : undefined),
  });
  const { schemas = {} } = document.components ?? {};
  for (const operations of Object.values(document.paths)) {
    for (const { requestBody, responses } of Object.values(operations) as OperationObject[]) {
      for (const content of Object.values(requestBody?.content ?? {})) showExample(content, schemas);
      asProblem(responses['default']);
    }
  }
  document.paths = Object.fromEntries(Object.entries(document.paths).toSorted(byTag));
  return document;
}

interface BodyContent {
  schema?: { $ref?: string };
  example?: unknown;
}
interface OperationObject {
  requestBody?: { content: Record<string, BodyContent> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

/** Copies the example of a named schema to where pages and tools look for a body's example. */
function showExample(content: BodyContent, schemas: Readonly<Record<string, object>>): void {
  const { example } = (schemas[content.schema?.$ref?.split('/').at(-1) ?? ''] ?? {}) as BodyContent;
  if (example !== undefined) content.example = example;
}

const rankOf = ([, operations]: [string, object]): number => {
  const [{ tags = [] } = {}] = Object.values(operations) as { tags?: string[] }[];
  const rank = TAGS.indexOf(tags[0] ?? '');
  return rank === -1 ? TAGS.length : rank;
};

const byTag = (a: [string, object], b: [string, object]): number => rankOf(a) - rankOf(b);

/** Gives errors their own media type (RFC 9457 §3); Nest has only one for all answers. */
function asProblem(response: OperationObject['responses'][string] | undefined): void {
  const [content] = Object.values(response?.content ?? {});
  if (response && content) response.content = { 'application/problem+json': content };
}

/** Serves the document at /docs/json and a page at /docs, from files of this server alone. */
export function mountOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    jsonDocumentUrl: 'docs/json',
    raw: ['json'],
    customSiteTitle: 'Postrider API',
    // Without this, the page would ask a public validator about the document.
    swaggerOptions: { validatorUrl: null },
  });
}

/**
 * Uses the input schema even for answers: answers may gain fields, so the schema must allow unknown
 * ones.
 */
function openApiSchema(schema: z.ZodType): { schema: unknown; components: object } {
  const { definitions, ...rest } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (alternatives.has(zodSchema)) spreadAlternatives(jsonSchema);
    },
  });
  return { schema: rest, components: definitions ?? {} };
}
