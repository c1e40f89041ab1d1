import { z } from 'zod';
import { ERRORS } from '../../src/contract/postrider-error.js';
import { notificationBody } from '../../src/contract/notification.schema.js';
import { type RestCall, exampleOf } from './rest-call.js';
import { REST_CALLS } from './rest-calls.js';

const INTRODUCTION = `# REST

Requests and answers are JSON; every call needs \`Authorization: Bearer <api key>\` (\`API_KEYS\` in
[configuration.md](configuration.md)). A key belongs to an app and sees nothing of others: what is another app's is \`404\`. An admin key
(\`ADMIN_KEYS\`) may be sent in its place: it acts for the app that the header \`Postrider-App\` names, \`main\` if not given.
Each call needs a scope, which a key of \`API_KEYS_FILE\` may lack (\`403\`; [authentication.md](authentication.md)).
The same as OpenAPI 3: [openapi.json](openapi.json), served at \`/docs/json\` and to be read and tried at \`/docs\`.

Lists answer \`{"items": [...], "next": "..."}\`: give \`next\` back as \`cursor\` for the next page; it is null on the last.
\`limit\` is 1 to 1000, 100 if not given. Answers may gain fields; ignore what you do not know. Requests must not have
fields that are not described here.

Each answer has an \`X-Request-Id\`, by which the log names the request: that of the request where it is 1 to 128 visible
ASCII characters, else a new one.

A body is JSON in UTF-8, sent as it is. Bytes that are not UTF-8 are refused with 400, and so is UTF-16. Another \`charset\`, and any
\`Content-Encoding\` but \`identity\`, are refused with 415. A byte order mark in front is ignored. Half a surrogate pair (\`"\\ud83d"\` alone) is refused with
400 wherever text names or labels something: \`type\`, \`collapseKey\`, \`metadata\`, ids, topics and reasons.

\`data\` is carried exactly: clients, history and dead letters get the text that was sent, without the white space between its parts. So every digit of a number, the order of keys, a key that is given twice,
\`__proto__\` and half a surrogate pair in it arrive as they are; what a reader makes of them is the reader's. \`DATA_MAX_BYTES\` counts that text. In all other fields a key that is given twice, and \`__proto__\`, are refused.

An \`Idempotency-Key\` (1 to 128 visible ASCII characters) makes a call that sends safe to repeat: \`POST /v1/notifications\` and \`/v1/notifications/batch\` take one. The other calls have no use for one and do not read it.

A key is for the meaning of a body: the order of keys, white space, escapes and the ways to write a number (\`1.0\` is \`1\`) make no difference; every digit does. While nothing is stored under a key
it can be used for another body: at once where the request was refused (\`topic_full\`, a bad date), after 5 s where it was answered \`503\` or not at all. A request that was refused before (400, 413, 429, \`overloaded\`) has used no key.

Each item of a batch has a key of its own, made of the request's and its place in it. To send a batch again, send all of it with the same key and each item at its place: what was accepted is answered with the same id, what was mended is
accepted. Sent in other places, items meet the keys of others: another body is refused with 422, and an equal one is taken for the other.

Beside these, without a key: \`GET /health/live\`, \`/health/ready\` and \`/health/startup\` (Terminus), \`GET /metrics\`
(Prometheus), \`GET /docs\` and \`GET /docs/asyncapi\` (the sockets); the last three in production at [the operators' port](operations.md#the-operators-port).
`;

const ERRORS_INTRODUCTION = `## Errors

Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`, and \`retryable\` where the same request may succeed
later; 429 and 503 carry \`Retry-After\`. A \`503\` to a POST means *unknown*: repeat it with the same \`Idempotency-Key\`,
it cannot make a second one. An invalid request names each field:

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

/** docs/rest-api.md, from the calls and the schemas. */
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
