import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

/** The OpenAPI document of the REST calls of an application, from the schemas that also validate them. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Postrider')
    .setDescription(
      'Push notifications that are stored, delivered over WebSockets and acknowledged. The sockets are described at [/docs/asyncapi](/docs/asyncapi).',
    )
    .setVersion('1')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'opaque',
      description: 'An API key; or an admin key, with the header Postrider-App naming the app',
    })
    .build();
  const document = SwaggerModule.createDocument(app, about, {
    standardSchemaConverter: (schema) => (schema instanceof z.ZodType ? { schema: openApiSchema(schema) } : undefined),
  });
  for (const operations of Object.values(document.paths)) {
    for (const { responses } of Object.values(operations) as OperationObject[]) asProblem(responses['default']);
  }
  return document;
}

interface OperationObject {
  responses: Record<string, { content?: Record<string, unknown> }>;
}

/** Nest gives every answer one media type; refusals have their own (RFC 9457 §3). */
function asProblem(response: OperationObject['responses'][string] | undefined): void {
  const [content] = Object.values(response?.content ?? {});
  if (response && content) response.content = { 'application/problem+json': content };
}

/** Serves the document at /docs/json and a page to read it at /docs, from files of this server alone. */
export function mountOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    jsonDocumentUrl: 'docs/json',
    raw: ['json'],
    customSiteTitle: 'Postrider API',
    // The page would otherwise ask a public validator about the document.
    swaggerOptions: { validatorUrl: null },
  });
}

/** As input even for answers: an answer may gain fields, so its schema must not forbid further ones. */
function openApiSchema(schema: z.ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
}
