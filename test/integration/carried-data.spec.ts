import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import { until } from '../support/wait.js';

const KEY = 'key-of-the-app-rig';
/** Data that JavaScript's own JSON parser and writer would change. */
const EXACT = [
  '9007199254740993',
  '1e400',
  '-0',
  '1.0',
  '0.1234567890123456789',
  '1e-400',
  '1E+2',
  '123456789012345678901234567890',
  '"\\ud800"',
  '"caf\\u00e9 \\/"',
  '{"b":1,"a":2,"1":3}',
  '{"a":1,"a":2}',
  '{"__proto__":{"planted":1}}',
  '{"constructor":{"prototype":{"planted":1}}}',
  '[{"id":9007199254740993,"x":[1.10,{"y":-0.0}]}]',
];

describe('data', () => {
  let rig: AppRig;
  let socket: FrameSocket;
  let sent = 0;

  beforeAll(async () => {
    rig = await AppRig.start();
    socket = await rig.socket('ada');
    await socket.request('subscribe', { topic: 'public.exact' }, 's');
  });

  afterAll(() => rig?.close());

  const text = async (path: string, method = 'GET'): Promise<string> =>
    (await fetch(rig.url + path, { method, headers: { authorization: `Bearer ${KEY}` } })).text();
  const history = (topic: string): Promise<string> => text(`/v1/topics/${topic}/history?limit=1000`);
  const post = (path: string, raw: string, idempotencyKey?: string) =>
    rig.rest.call<Record<string, unknown>>('POST', path, { raw, ...(idempotencyKey && { idempotencyKey }) });
  /** Texts of the frames, as they came. */
  const frames: string[] = [];

  it.each(EXACT)('%s passes unchanged through REST, a batch and a publish', async (data) => {
    if (frames.length === 0) socket.socket.on('message', (bytes: Buffer) => frames.push(bytes.toString()));
    const body = `{"to":{"topic":"public.exact"},"type":"t","data": ${data} }`;
    expect((await post('/v1/notifications', body)).status).toBe(202);
    const batch = await post('/v1/notifications/batch', `{"notifications":[7,${body}]}`);
    expect(batch.body).toMatchObject({ results: [{ status: 400 }, { status: 202 }] });
    socket.sendRaw(`{"event":"publish","id":"p${sent}","data":{"topic":"public.exact","type":"t","data": ${data} }}`);
    expect(await socket.answer(`p${sent}`)).toMatchObject({ event: 'published' });
    sent += 3;
    const carried = (all: string): number => all.split(`"type":"t","data":${data},"at":`).length - 1;
    await until(() => carried(frames.join('\n')) === 3, { what: `three frames with ${data}` });
    expect(carried(await history('public.exact'))).toBe(3);
    expect(({} as Record<string, unknown>)['planted']).toBeUndefined();
  });

  it('is unchanged in a dead letter and its replay', async () => {
    const data = '{"id":9007199254740993,"half":"\\ud800","one":1.0}';
    const mallory = await rig.socket('mallory');
    await post('/v1/notifications', `{"to":{"user":"mallory"},"type":"t","data":${data}}`);
    const { data: frame } = await mallory.next<{ offset: number }>('notification');
    await mallory.request('nack', { topic: 'user:mallory', offset: frame.offset, terminate: true }, 1);
    const letters = await text('/v1/dead-letters');
    expect((await rig.rest.get('/v1/dead-letters')).headers.get('content-type')).toMatch(/^application\/json/);
    expect(letters).toContain(`"data":${data},`);
    const [{ id }] = (JSON.parse(letters) as { items: [{ id: string }] }).items;
    expect((await post(`/v1/dead-letters/${id}/replay`, '')).status).toBe(202);
    expect((await history('user:mallory')).split(`"data":${data},`).length - 1).toBe(1);
  });

  it.each<[string, string]>([
    ['type', '{"to":{"user":"a"},"type":"t","type":"u","data":1}'],
    ['to.user', '{"to":{"user":"a","user":"b"},"type":"t","data":1}'],
    ['to', '{"to":{"user":"a"},"type":"t","data":1,"to":{"user":"b"}}'],
    ['data', '{"to":{"user":"a"},"type":"t","data":1,"data":2}'],
    ['metadata.m', '{"to":{"user":"a"},"type":"t","data":1,"metadata":{"m":"1","\\u006d":"2"}}'],
    ['metadata.__proto__', '{"to":{"user":"a"},"type":"t","data":1,"metadata":{"__proto__":"1"}}'],
  ])('is refused beside %s, which two parsers would read differently', async (field, body) => {
    const errors = [expect.objectContaining({ field })];
    expect(await post('/v1/notifications', body)).toMatchObject({ status: 400, body: { errors } });
    const batch = await post(
      '/v1/notifications/batch',
      `{"notifications":[${body},{"to":{"user":"b"},"type":"t","data":1}]}`,
    );
    expect(batch.body).toMatchObject({ results: [{ status: 400, problem: { errors } }, { status: 202 }] });
    socket.sendRaw('{"event":"ping","event":"pong","id":1}');
    expect((await socket.next('error')).data).toMatchObject({ code: 'malformed_frame', field: 'event' });
    await socket.request('ping', undefined, 2);
  });

  it('is refused beyond its size and depth limits, measured on its text', async () => {
    const deep = `${'['.repeat(257)}${']'.repeat(257)}`;
    const body = (data: string): string => `{"to":{"user":"a"},"type":"t","data":${data}}`;
    expect(await post('/v1/notifications', body(deep))).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'data' }] },
    });
    expect((await post('/v1/notifications', body(`1.${'0'.repeat(70_000)}`))).status).toBe(413);
  });

  it('of any kind keeps its exact text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (data) => {
        const topic = `public.any${sent++}`;
        const body = `{"to":{"topic":"${topic}"},"type":"t","data":${data}}`;
        expect((await post('/v1/notifications', body)).status).toBe(202);
        expect(await history(topic)).toContain(`"data":${data},"at":`);
      }),
      { numRuns: 30 },
    );
  });
});

describe('an idempotency key', () => {
  let rig: AppRig;

  beforeAll(async () => {
    rig = await AppRig.start({ env: { TOPIC_MAX_OPEN: '1' } });
  });

  afterAll(() => rig?.close());

  type Result = { status: number; id?: string };
  const post = (raw: string, idempotencyKey: string) =>
    rig.rest.call<Record<string, unknown>>('POST', '/v1/notifications', { raw, idempotencyKey });
  const note = (data: string, more = '', user = 'keyed'): string =>
    `{"to":{"topic":"public.${user}"},"type":"t","data":${data}${more}}`;

  it.each<[string, string]>([
    [note('{"a":1,"b":2}'), note('{ "b":2.0, "a":1e0 }')],
    [note('1', ',"metadata":{"x":"1","y":"2"}'), note('1', ',"metadata":{"y":"2","x":"1"}')],
    [note('"é"'), note('"\\u00e9"')],
    [note('-0'), note('0.00')],
  ])('treats %s and %s as the same', async (one, other) => {
    const first = await post(one, one.length + one.slice(-9).replaceAll(/[^a-z0-9]/gi, '.'));
    const again = await post(other, one.length + one.slice(-9).replaceAll(/[^a-z0-9]/gi, '.'));
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body['id']).toBe(first.body['id']);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it.each<[string, string]>([
    ['9007199254740993', '9007199254740992'],
    ['[1,2]', '[2,1]'],
    ['1', '"1"'],
    ['1e400', 'null'],
    ['0.1', '0.10000000000000001'],
  ])('treats %s and %s as different', async (one, other) => {
    const key = `differ-${one}`;
    expect((await post(note(one), key)).status).toBe(202);
    expect((await post(note(other), key)).body).toMatchObject({ code: 'idempotency_mismatch' });
  });

  it('lets a batch be corrected and sent again', async () => {
    const send = async (second: string): Promise<Result[]> => {
      const raw = `{"notifications":[${note('1')},${second},${note('3')}]}`;
      const answer = await rig.rest.call<{ results: Result[] }>('POST', '/v1/notifications/batch', {
        raw,
        idempotencyKey: 'b',
      });
      return answer.body.results;
    };
    const first = await send('{"to":{"topic":"public.keyed"},"type":"t"}');
    expect(first.map(({ status }) => status)).toEqual([202, 400, 202]);
    const mended = await send(note('2'));
    expect(mended.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect([mended[0]?.id, mended[2]?.id]).toEqual([first[0]?.id, first[2]?.id]);
    expect(await send(note('2'))).toEqual(mended);
  });

  it.each<[string, string, string]>([
    ['one target', '{"user":"full1"}', '{"user":"full1"}'],
    ['many targets', '{"users":["full1","full2"]}', '{"users":["full2","full1"]}'],
  ])('may be used once with another body after %s were full', async (name, to, other) => {
    const key = `full-${name.length}`;
    const of = (target: string, data: number): string => `{"to":${target},"type":"t","data":${data}}`;
    const holders = ['full1', 'full2'].map((user) => post(of(`{"user":"${user}"}`, 0), `hold-${user}-${key}`));
    const held = await Promise.all(holders);
    expect((await post(of(to, 1), key)).body).toMatchObject({ code: 'topic_full', retryable: true });
    for (const { body } of held) await rig.rest.delete(`/v1/notifications/${String(body['id'])}`);
    const taken = await post(of(other, 2), key);
    expect(taken.status).toBe(202);
    expect((await post(of(to, 1), key)).body).toMatchObject({ code: 'idempotency_mismatch' });
    expect((await post(of(other, 2), key)).body['id']).toBe(taken.body['id']);
    await rig.rest.delete(`/v1/notifications/${String(taken.body['id'])}`);
  });

  it('may be used with a valid date after a refused one', async () => {
    const date = (text: string): string => note('1', `,"deliverAt":"${text}"`);
    expect((await post(date('2020-01-01T00:00:00Z'), 'date')).status).toBe(400);
    const good = new Date(Date.now() + 60_000).toISOString();
    expect((await post(date(good), 'date')).status).toBe(202);
  });

  it('goes to one of many bodies that come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(note(String(n)), 'race')));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 49 }, () => 422)]);
  });
});
