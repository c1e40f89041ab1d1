import { ERRORS } from '../../../src/contract/postrider-error.js';
import type { Problem } from '../../support/rest-types.js';
import { mutateBytes } from '../mutate/byte-mutator.js';
import type { Chance } from '../mutate/chance.js';
import { JsonMutator, treeOf } from '../mutate/json-mutator.js';
import { type HttpAnswer, exchange } from './http-exchange.js';
import { hasDoubtfulKey } from './json-keys.js';
import { CALLS, type Call, OTHER_REQUESTS } from './rest-calls.js';
import type { Input, Target, Verdict } from './target.js';

/** Placeholder for the API key in raw requests. */
export const KEY = '@KEY@';
const RAW = 'raw';
const HEADERS = [
  'Idempotency-Key: k',
  'Idempotency-Key: a b',
  `Idempotency-Key: ${'k'.repeat(300)}`,
  'Content-Type: text/plain',
  'Content-Type: application/json; charset=x',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'X-Forwarded-For: 1.2.3.4, ::1',
  'X-Forwarded-Proto: https',
  'Expect: 100-continue',
  'Expect: nothing',
  'Content-Encoding: gzip',
  'Range: bytes=0-',
  'Postrider-App: other',
  'Authorization: Basic eDp5',
  'Authorization: Bearer',
  'Cookie: a=b; a',
  'Host: other',
  'traceparent: 00-x',
  'X-Request-Id: a\tb',
  `X-Long: ${'x'.repeat(9_000)}`,
  `X-Longer: ${'x'.repeat(20_000)}`,
];

/**
 * Target for bodies of well-formed calls, and for whole requests as bytes. The kind of a call is
 * its method and path.
 */
export class RestTarget implements Target {
  readonly name = 'rest';
  readonly seeds: readonly Input[];
  /** Inputs since the last `reset`; each has its own connection. */
  recent: Input[] = [];
  private mutator?: JsonMutator;

  constructor(
    private readonly port: number,
    private readonly apiKey: string,
  ) {
    const calls = CALLS.filter(({ body }) => body !== undefined).map((call) => ({
      kind: kindOf(call),
      bytes: Buffer.from(JSON.stringify(call.body)),
    }));
    const raw = [
      ...CALLS.map((call) => requestOf(call, Buffer.from(JSON.stringify(call.body ?? '')), KEY)),
      ...OTHER_REQUESTS.map((text) => Buffer.from(text)),
    ];
    this.seeds = [...calls, ...raw.map((bytes) => ({ kind: RAW, bytes }))];
  }

  mutate({ kind, bytes }: Input, other: Input, chance: Chance): Input {
    this.mutator ??= new JsonMutator(chance);
    if (kind !== RAW) {
      const [value, donor] = [treeOf(bytes), treeOf(other.bytes)];
      const isText = value === undefined || chance.is(0.15);
      const text = isText ? bytes : Buffer.from(this.mutator.mutate(value, donor));
      return { kind, bytes: isText || chance.is(0.15) ? mutateBytes(text, other.bytes, chance) : text };
    }
    if (chance.is(0.5)) return { kind, bytes: mutateBytes(bytes, other.bytes, chance) };
    const text = bytes.toString('latin1');
    const line = text.indexOf('\r\n') + 2;
    const changed = chance.is(0.5)
      ? `${text.slice(0, line)}${chance.pick(HEADERS)}\r\n${text.slice(line)}`
      : withTarget(text, chance);
    return { kind, bytes: Buffer.from(changed, 'latin1') };
  }

  async send(input: Input): Promise<Verdict> {
    this.recent = [input];
    const { kind, bytes } = input;
    const call = CALLS.find((candidate) => kindOf(candidate) === kind);
    const request =
      kind === RAW || !call
        ? Buffer.from(bytes.toString('latin1').replaceAll(KEY, this.apiKey), 'latin1')
        : requestOf(call, bytes, this.apiKey);
    try {
      const answer = await exchange(this.port, request, kind !== RAW);
      const fault =
        faultOfAny(answer, request) ?? (kind === RAW || !call ? undefined : faultOfCall(answer, call, bytes));
      return { answers: [String(answer.status)], ...(fault && { fault }) };
    } catch (error) {
      return { answers: ['none'], fault: error instanceof Error ? error.message : String(error) };
    }
  }

  reset(): void {
    this.recent = [];
  }
}

const kindOf = ({ method, path }: Call): string => `${method} ${path}`;

function requestOf({ method, path, body }: Call, bytes: Buffer, apiKey: string): Buffer {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: fuzz', `Authorization: Bearer ${apiKey}`, 'Connection: close'];
  if (body !== undefined) head.push('Content-Type: application/json', `Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), ...(body === undefined ? [] : [bytes])]);
}

const PARTS = [
  '%00',
  '%',
  '%zz',
  '%ff',
  '..',
  '/',
  '//',
  '?',
  '&limit=0',
  '?limit=1e3',
  '&limit=1&limit=2',
  '?cursor=x',
  '&cursor=bnVsbA',
  '?a[b]=c',
  '?__proto__=1',
  ';',
  '#',
  '%2e%2e%2f',
  '{x}',
  '%7Bx%7D',
  '%0d%0aX: y',
  'x'.repeat(5_000),
  '*',
  '\\',
];

/** Replaces the method, or changes the path. */
function withTarget(text: string, chance: Chance): string {
  const [line = '', ...rest] = text.split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const other = chance.pick([
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PROPFIND',
    'get',
    method,
    method,
  ]);
  const at = chance.below(path.length + 1);
  return [
    `${other} ${path.slice(0, at)}${chance.pick(PARTS)}${path.slice(chance.is(0.5) ? at : at + 3)} HTTP/1.1`,
    ...rest,
  ].join('\r\n');
}

function faultOfAny({ status, headers, body }: HttpAnswer, request: Buffer): string | undefined {
  // An invalid or incomplete request may stay without an answer.
  if (status === 0) return undefined;
  // An unknown method is answered with 501.
  if (status >= 500 && status !== 501) return `${status} ${body.slice(0, 200)}`;
  if (
    headers.get('content-type')?.startsWith('application/problem+json') &&
    !request.toString('latin1').startsWith('HEAD')
  ) {
    const { code, status: told } = JSON.parse(body) as Problem;
    if (!Object.hasOwn(ERRORS, code) || told !== status) return `${status} with code ${code} and status ${told}`;
  }
  return undefined;
}

function faultOfCall({ status, headers, body }: HttpAnswer, { schema }: Call, bytes: Buffer): string | undefined {
  if (status === 0) return 'no answer';
  if (!schema || [404, 409, 413, 422].includes(status)) return undefined;
  const valid = isValid(schema, bytes);
  if (status < 300) return valid ? undefined : `an invalid body answered with ${status}`;
  if (status !== 400 || !headers.get('content-type')?.startsWith('application/problem+json'))
    return `a body answered with ${status}`;
  const { errors, code } = JSON.parse(body) as Problem;
  // A date may have passed, and escalation is not available, so refusing these fields is correct.
  if (valid)
    return errors?.some(({ field }) => /^(deliverAt|escalate)/.test(field))
      ? undefined
      : `a valid body answered with ${body.slice(0, 200)}`;
  return code === 'invalid_request' && (errors || jsonOf(bytes) === undefined)
    ? undefined
    : `an invalid body answered with ${body.slice(0, 200)}`;
}

/**
 * Paths of published data, which passes unchanged; each item of a batch is refused individually.
 */
const PUBLISHED = new Set(['data', 'notifications.*']);

function isValid(schema: NonNullable<Call['schema']>, bytes: Buffer): boolean {
  const value = jsonOf(bytes);
  return value !== undefined && schema.safeParse(value).success && !hasDoubtfulKey(textOf(bytes), PUBLISHED);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(textOf(bytes));
  } catch {
    // Invalid JSON has no value.
    return undefined;
  }
}

/** @throws TypeError if the bytes are not UTF-8. */
const textOf = (bytes: Buffer): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
