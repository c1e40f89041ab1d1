import { z } from 'zod';
import { ERRORS } from '../../src/contract/postrider-error.js';
import { notificationBody } from '../../src/contract/notification.schema.js';
import { type RestCall, exampleOf } from './rest-call.js';
import { REST_CALLS } from './rest-calls.js';

const INTRODUCTION = `# REST

Requests and answers are JSON. Every call needs \`Authorization: Bearer <api key>\` (\`API_KEYS\` in
[configuration.md](configuration.md)). A key belongs to one app; objects of other apps are \`404\`. An admin key
(\`ADMIN_KEYS\`) acts for the app in the header \`Postrider-App\`, by default \`main\`. Each call needs a scope, which a key
of \`API_KEYS_FILE\` may lack (\`403\`; [authentication.md](authentication.md)). The same as OpenAPI 3:
[openapi.json](openapi.json), served at \`/docs/json\`, with a page to try it at \`/docs\`.

Lists answer \`{"items": [...], "next": "..."}\`. Pass \`next\` as \`cursor\` to get the next page; it is null on the last
page. \`limit\` is 1 to 1000, by default 100. Answers may gain fields: ignore unknown ones. Requests must not have fields
that are not described here.

Each answer has an \`X-Request-Id\`, by which the log names the request: the one of the request if it is 1 to 128 visible
ASCII characters, else a new one.

A body is uncompressed JSON in UTF-8. Other encodings are refused: invalid UTF-8 and UTF-16 with 400, another \`charset\`
and any \`Content-Encoding\` but \`identity\` with 415. A leading byte order mark is ignored. Half a surrogate pair
(\`"\\ud83d"\` alone) is refused with 400 in names and labels: \`type\`, \`collapseKey\`, \`metadata\`, ids, topics and reasons.

\`data\` is carried exactly: clients, history and dead letters get the text that was sent, without the white space between
its parts. Every digit of a number, the order of keys, duplicate keys, \`__proto__\` and half a surrogate pair arrive
unchanged. \`DATA_MAX_BYTES\` counts that text. In all other fields, duplicate keys and \`__proto__\` are refused.

An \`Idempotency-Key\` (1 to 128 visible ASCII characters) makes \`POST /v1/notifications\` and
\`POST /v1/notifications/batch\` safe to repeat. The other calls do not read it.

A key belongs to the meaning of a body: the order of keys, white space, escapes and the notation of a number (\`1.0\` is
\`1\`) make no difference, but every digit does. While nothing is stored under a key, another body may use it: at once if
the request was refused (\`topic_full\`, a bad date), after 5 s if it got \`503\` or no answer. A request that was refused
earlier (400, 413, 429, \`overloaded\`) has not used its key.

Each item of a batch has its own key, derived from the request's key and the position of the item. To repeat a batch, send
all of it with the same key and each item at its position: accepted items get the same id, corrected items are accepted.
At other positions, items meet the keys of others: a different body is refused with 422, and an equal one counts as the
other.

These paths need no key: \`GET /health/live\`, \`/health/ready\` and \`/health/startup\` (Terminus), \`GET /metrics\`
(Prometheus), \`GET /docs\` and \`GET /docs/asyncapi.json\` (the sockets). In production, the last three are at
[the operators' port](operations.md#the-operators-port).
`;

const ERRORS_INTRODUCTION = `## Errors

Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`, and with \`retryable\` if the same request may
succeed later; 429 and 503 carry \`Retry-After\`. A \`503\` to a POST means *unknown*: repeat it with the same
\`Idempotency-Key\`, which never creates a second notification. An invalid request names each field:

\`\`\`json
{
  "type": "urn:postrider:problem:invalid_request",
  "title": "The request is not valid",
  "status": 400,
  "code": "invalid_request",
  "detail": "to.users[3] must be a string.",
  "retryable": false,
  "errors": [{ "field": "to.users[3]", "message": "must be a string" }]
}
\`\`\`
`;

/** Renders docs/rest-api.md from the calls and the schemas. */
export function restDocument(): string {
  const groups = [...new Set(REST_CALLS.map(({ group }) => group))].map((group) => {
    const calls = REST_CALLS.filter((call) => call.group === group).map(callText);
    return `## ${group}\n\n${calls.join('\n')}`;
  });
  return [INTRODUCTION, ...groups, bodyText(), `${ERRORS_INTRODUCTION}\n${errorsTable()}\n`].join('\n');
}

function callText({
  method,
  path,
  example,
  meaning,
  scope,
  query,
  body,
  takesKey,
  fields,
  status,
  answer,
  refusals,
}: RestCall): string {
  const lines = [`${method} ${example} HTTP/1.1`, 'Authorization: Bearer <api key>'];
  if (body) lines.push('Content-Type: application/json');
  if (takesKey) lines.push('Idempotency-Key: shipped-4711');
  if (body) lines.push('', json(exampleOf(body)));
  const parts = [
    `### \`${method} ${path}\``,
    `${meaning} Needs the scope \`${scope}\`.`,
    ...(query ? [fieldsTable('query', query)] : []),
    ...(fields ? [fieldsTable('field', fields)] : []),
    `\`\`\`http\n${lines.join('\n')}\n\`\`\``,
    `\`${status}\`:`,
    `\`\`\`json\n${json(answer.example)}\n\`\`\``,
    ...(refusals ? [`Refused with ${refusals}.`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function bodyText(): string {
  return `## The body of a notification\n\n${fieldsTable('field', notificationBody)}\n`;
}

function fieldsTable(title: string, schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([name, field]) => {
    const required = field.safeParse(undefined).success ? '' : ' (required)';
    return `| \`${name}\`${required} | ${metaOf(field).replaceAll('|', '\\|')} |`;
  });
  return [`| ${title} | meaning |`, '| --- | --- |', ...rows].join('\n');
}

function metaOf(field: z.core.$ZodType): string {
  const { description } = z.globalRegistry.get(field) ?? {};
  if (description === undefined) throw new Error('a field without a description');
  return description;
}

function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, retryable, title, remedy }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${title} | ${remedy} |`,
  );
  return ['| code | status | retryable | meaning | what to do |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);
