import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppRig } from '../support/app-rig.js';
import { RawSocket, readAnswer } from '../support/raw-socket.js';
import type { ErrorFrame } from '../support/frames.js';
import type { Problem } from '../support/rest-types.js';
import { gzipSync } from 'node:zlib';

const JSON_TYPE = 'application/json';
const BODY = '{"to":{"user":"ada"},"type":"t","data":"é"}';
const HALF = '\\ud83d';

describe('text in an unexpected encoding', () => {
  let rig: AppRig;

  beforeAll(async () => {
    rig = await AppRig.start({ env: { ADMIN_KEYS: 'ops:an-admin-key-of-some-length' } });
  });

  afterAll(() => rig?.close());

  const send = async (path: string, bytes: Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(rig.url + path, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: { authorization: 'Bearer key-of-the-app-rig', 'content-type': JSON_TYPE, ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as Problem };
  };
  const accepted = async (): Promise<number> => (await rig.rest.books()).accepted;

  const PATHS: [string, string][] = [
    ['/v1/notifications', BODY],
    ['/v1/notifications/dry-run', BODY],
    ['/v1/notifications/batch', `{"notifications":[${BODY}]}`],
    ['/v1/dead-letters/replay', '{"ids":["é"]}'],
    ['/v1/dead-letters/drop', '{"ids":["é"]}'],
    ['/v1/revocations', '{"user":"ada","reason":"é"}'],
    ['/console/session', '{"key":"é"}'],
  ];

  it.each(PATHS)('%s refuses bytes that are not UTF-8 and says where', async (path, body) => {
    const before = await accepted();
    const bytes = Buffer.from(body, 'latin1');
    const answer = await send(path, bytes);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', retryable: false } });
    expect(answer.body.detail).toContain(`at position ${bytes.indexOf(0xe9)},`);
    expect(await accepted()).toBe(before);
  });

  it.each(PATHS)('%s refuses UTF-16 by name', async (path, body) => {
    const answer = await send(path, Buffer.from(`\uFEFF${body}`, 'utf16le'));
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.detail).toContain('UTF-16');
  });

  it.each(PATHS)('%s refuses another charset and any content encoding, naming the header', async (path, body) => {
    const before = await accepted();
    const bytes = Buffer.from(body);
    for (const charset of ['ISO-8859-1', 'windows-1252', 'utf-16', '"utf-16"', 'us-ascii', 'nonsense', '']) {
      const answer = await send(path, bytes, { 'content-type': `${JSON_TYPE}; charset=${charset}` });
      expect([charset, answer]).toMatchObject([
        charset,
        { status: 415, body: { code: 'unsupported_media_type', errors: [{ field: 'Content-Type' }] } },
      ]);
    }
    for (const [coding, sent] of [
      ['gzip', gzipSync(bytes)],
      ['gzip', bytes],
      ['br', bytes],
      ['identity, gzip', bytes],
      ['x', bytes],
    ] as const) {
      const answer = await send(path, sent, { 'content-encoding': coding });
      expect([coding, answer]).toMatchObject([
        coding,
        { status: 415, body: { code: 'unsupported_media_type', errors: [{ field: 'Content-Encoding' }] } },
      ]);
      expect(answer.headers.get('accept-encoding')).toBe('identity');
    }
    expect(await accepted()).toBe(before);
  });

  it('accepts UTF-8 by any spelling', async () => {
    const ways: Record<string, string>[] = [
      {},
      { 'content-type': `${JSON_TYPE}; charset=utf-8` },
      { 'content-type': `${JSON_TYPE};charset="UTF-8"` },
      { 'content-type': `${JSON_TYPE}; charset=UTF8` },
      { 'content-encoding': 'identity' },
    ];
    for (const headers of ways) {
      expect((await send('/v1/notifications', Buffer.from(BODY), headers)).status).toBe(202);
    }
    expect((await send('/v1/notifications', Buffer.from(`\uFEFF${BODY}`))).status).toBe(202);
  });

  it.each(['gzip, chunked', 'chunked, chunked', 'identity, chunked'])(
    'refuses Transfer-Encoding: %s',
    async (coding) => {
      const before = await accepted();
      const size = Buffer.byteLength(BODY).toString(16);
      const answer = readAnswer(
        await RawSocket.exchange(
          Number(new URL(rig.url).port),
          `POST /v1/notifications HTTP/1.1\r\nhost: a\r\nauthorization: Bearer key-of-the-app-rig\r\nconnection: close\r\n` +
            `content-type: ${JSON_TYPE}\r\ntransfer-encoding: ${coding}\r\n\r\n${size}\r\n${BODY}\r\n0\r\n\r\n`,
        ),
      );
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(await accepted()).toBe(before);
    },
  );

  it.each(['Idempotency-Key', 'X-Correlation-Id'])('refuses bytes beyond ASCII in %s', async (name) => {
    const answer = await send('/v1/notifications', Buffer.from(BODY), { [name]: 'caf\u00e9' });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: name }] } });
  });

  const FIELDS: [string, string][] = [
    ['type', `{"to":{"user":"ada"},"type":"t${HALF}","data":1}`],
    ['collapseKey', `{"to":{"user":"ada"},"type":"t","data":1,"collapseKey":"k${HALF}"}`],
    ['to.user', `{"to":{"user":"a${HALF}"},"type":"t","data":1}`],
    ['to.users[1]', `{"to":{"users":["a","b${HALF}"]},"type":"t","data":1}`],
    ['to.topic', `{"to":{"topic":"a${HALF}"},"type":"t","data":1}`],
    ['to.session', `{"to":{"session":"a${HALF}"},"type":"t","data":1}`],
    ['metadata.m', `{"to":{"user":"ada"},"type":"t","data":1,"metadata":{"m":"${HALF}"}}`],
    ['metadata', `{"to":{"user":"ada"},"type":"t","data":1,"metadata":{"m${HALF}":""}}`],
  ];

  it.each(FIELDS)('refuses half a surrogate pair in %s', async (field, body) => {
    const before = await accepted();
    const errors = [{ field }];
    expect(await send('/v1/notifications', Buffer.from(body))).toMatchObject({ status: 400, body: { errors } });
    const batch = await rig.rest.call('POST', '/v1/notifications/batch', { raw: `{"notifications":[${body}]}` });
    expect(batch.body).toMatchObject({ results: [{ status: 400, problem: { errors } }] });
    expect(await accepted()).toBe(before);
  });

  it('refuses half a surrogate pair from clients and operators', async () => {
    const socket = await rig.socket('ada');
    for (const [event, data, field] of [
      ['publish', `{"topic":"public.x","type":"t${HALF}","data":1}`, 'type'],
      ['publish', `{"topic":"public.x${HALF}","type":"t","data":1}`, 'topic'],
      ['publish', `{"topic":"public.x","type":"t","data":1,"key":"${HALF}"}`, 'key'],
      ['subscribe', `{"topic":"public.x${HALF}"}`, 'topic'],
      ['nack', `{"topic":"user:ada","offset":1,"reason":"${HALF}"}`, 'reason'],
    ] as const) {
      socket.sendRaw(`{"event":"${event}","id":1,"data":${data}}`);
      expect(await socket.answer<ErrorFrame>(1)).toMatchObject({
        event: 'error',
        data: { code: 'invalid_request', field },
      });
    }
    const revoked = await rig.rest.call('POST', '/v1/revocations', { raw: `{"user":"ada","reason":"${HALF}"}` });
    expect(revoked).toMatchObject({ status: 400, body: { errors: [{ field: 'reason' }] } });
  });

  it('accepts a byte order mark before a frame, as before a body', async () => {
    const socket = await rig.socket('ada');
    socket.sendRaw('\uFEFF{"event":"ping","id":7}');
    expect(await socket.answer(7)).toMatchObject({ event: 'pong' });
  });
});
