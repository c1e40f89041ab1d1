import { readFile, writeFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import prettier from 'prettier';
import { asyncApiOf } from '../../src/operators/asyncapi-document.js';
import { CLOSE_CODES } from '../../src/contract/close-codes.js';
import { CLIENT_DATA, readAck } from '../../src/contract/client-frames.js';
import { serverFrameFault } from '../support/frame-fault.js';

const DOCUMENT = new URL('../../docs/asyncapi.json', import.meta.url);
const PROTOCOL = new URL('../../docs/protocol.md', import.meta.url);

const document = asyncApiOf('/ws');
const messages = Object.entries(document.components.messages);

describe('the AsyncAPI document', () => {
  const written = async (): Promise<string> => {
    const options = await prettier.resolveConfig(DOCUMENT.pathname);
    return prettier.format(JSON.stringify(document), { ...options, parser: 'json' });
  };

  beforeAll(async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(DOCUMENT, await written());
  });

  it('is what the schemas of the frames say (UPDATE_DOCS=1 rewrites it)', async () => {
    expect(await readFile(DOCUMENT, 'utf8')).toBe(await written());
  });

  it('is valid AsyncAPI', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
    const faults = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    expect(faults.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(parsed?.operations().all().length).toBe(Object.keys(document.operations).length);
  });

  it.each(messages)('%s has a valid example', (_, { payload, examples }) => {
    const ajv = addFormats.default(new Ajv({ strict: false }));
    expect(examples.map((example) => ajv.validate(payload, example.payload) || ajv.errorsText())).toEqual([true]);
  });

  it('has every message in an operation', () => {
    const used = Object.values(document.operations).flatMap((operation) => [
      ...operation.messages,
      ...(operation.reply?.messages ?? []),
    ]);
    const names = used.map(({ $ref }) => $ref.slice('#/channels/socket/messages/'.length));
    expect([...new Set(names)].toSorted()).toEqual(messages.map(([name]) => name).toSorted());
  });

  it('has the close codes of docs/protocol.md', async () => {
    const [, section = ''] = (await readFile(PROTOCOL, 'utf8')).split('## Close codes');
    const told = [...section.matchAll(/^\| ([0-9, ]+?) +\|/gm)].flatMap(([, codes = '']) => codes.split(', '));
    expect(Object.keys(CLOSE_CODES)).toEqual(told);
  });
});

describe('the schema of an ack', () => {
  it('accepts what the server accepts', () => {
    const topic = fc.constantFrom('user:ada', 'all', 'news');
    const number = fc.oneof(
      fc.integer({ min: -2, max: 5 }),
      fc.double(),
      fc.constant(2 ** 60),
      fc.string(),
      fc.constant(null),
    );
    const list = fc.oneof(fc.array(number, { maxLength: 4 }), number);
    fc.assert(
      fc.property(fc.record({ topic, offset: number, offsets: list }, { requiredKeys: [] }), (data) => {
        fc.pre((data.offset === undefined) !== (data.offsets === undefined));
        expect(CLIENT_DATA.ack.safeParse(data).success).toBe(isTaken(data));
      }),
    );
  });

  const isTaken = (data: unknown): boolean => {
    try {
      readAck(data);
      return true;
    } catch {
      // Refused: the data is not an ack.
      return false;
    }
  };
});

describe('a frame of the server', () => {
  it.each([
    ['an event that is not documented', { event: 'novelty' }],
    ['a field that is not documented', { event: 'nacked', data: { topic: 'all', offset: 1, more: 1 } }],
    ['a field of another type', { event: 'nacked', data: { topic: 'all', offset: '1' } }],
    ['a field that is missing', { event: 'nacked', data: { topic: 'all' } }],
    ['data where there is none', { event: 'pong', data: {} }],
  ])('is found faulty with %s', (_, frame) => {
    expect(serverFrameFault(frame)).toBeDefined();
  });

  it('is accepted as documented', () => {
    expect(serverFrameFault({ event: 'nacked', data: { topic: 'all', offset: 1 }, id: 1 })).toBeUndefined();
    expect(serverFrameFault({ event: 'pong', id: 1 })).toBeUndefined();
  });
});
