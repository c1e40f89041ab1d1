import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { RawSocket, readAnswer } from '../support/raw-socket.js';
import { until } from '../support/wait.js';

const JSON_TYPE = 'content-type: application/json\r\n';
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

describe('a hostile request', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { HTTP_HEADERS_TIMEOUT_MS: '1000', HTTP_REQUEST_TIMEOUT_MS: '2000' } });
  });

  afterAll(() => rig?.close());

  afterEach(async () => {
    expect((await rig.rest().get('/health/ready')).status).toBe(200);
    expect((await rig.rest().books()).accepted).toBe(0);
  });

  const head = (extra: string): string =>
    `POST /v1/notifications HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${rig.apiKey}\r\n${extra}`;
  const withBody = (body: string, type = JSON_TYPE): string =>
    head(`${type}connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

  it.each<[string, () => string, number, string]>([
    ['a header of 17 KB', () => head(`x-long: ${'a'.repeat(17_000)}\r\n\r\n`), 431, 'header_too_large'],
    ['a URL of 17 KB', () => `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431, 'header_too_large'],
    ['headers without an end', () => head('x: y\r\n'.repeat(100_000)), 431, 'header_too_large'],
    [
      'both a length and chunks',
      () => head(`${JSON_TYPE}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      400,
      'invalid_request',
    ],
    ['two lengths', () => head('content-length: 2\r\ncontent-length: 40\r\n\r\n{}'), 400, 'invalid_request'],
    ['a length that is no number', () => head('content-length: 2x\r\n\r\n{}'), 400, 'invalid_request'],
    ['chunks under another name', () => head('transfer-encoding: xchunked\r\n\r\n'), 400, 'invalid_request'],
    ['a space before the colon', () => head('content-length : 2\r\n\r\n{}'), 400, 'invalid_request'],
    ['a line feed alone', () => 'GET / HTTP/1.1\nhost: a\n\n', 400, 'invalid_request'],
    ['a method that is none', () => 'BREW /v1/notifications HTTP/1.1\r\nhost: a\r\n\r\n', 501, 'unknown_method'],
    ['no HTTP', () => '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400, 'invalid_request'],
    ['JSON 100,000 deep', () => withBody(DEEP), 400, 'invalid_request'],
    ['data 100,000 deep', () => withBody(`{"to":{"user":"a"},"type":"t","data":${DEEP}}`), 400, 'invalid_request'],
    [
      '__proto__ in the body',
      () => withBody('{"__proto__":{"to":{"user":"a"}},"type":"t","data":1}'),
      400,
      'invalid_request',
    ],
    [
      '__proto__ as a target',
      () => withBody('{"to":{"user":"__proto__","constructor":1},"type":"t","data":1}'),
      400,
      'invalid_request',
    ],
    ['a body of 300 KB', () => withBody(JSON.stringify('x'.repeat(300_000))), 413, 'payload_too_large'],
    [
      'a form',
      () => withBody('a=b', 'content-type: application/x-www-form-urlencoded\r\n'),
      415,
      'unsupported_media_type',
    ],
    ['XML', () => withBody('<a/>', 'content-type: text/xml\r\n'), 415, 'unsupported_media_type'],
  ])('%s → %i', async (_, bytes, status, code) => {
    const { headers, ...answer } = readAnswer(await RawSocket.exchange(rig.server().port, bytes()));
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(headers.toLowerCase()).toContain('content-type: application/problem+json');
    expect(headers.toLowerCase()).toContain('x-content-type-options: nosniff');
  });

  it.each(['{bad', '{"to":{"user":"a"},"to":{"user":"b"},"type":"t","data":1}', '"\ud800"', '\xff'])(
    'with a body that cannot be read (%j) leaves the connection to those behind it',
    async (bad) => {
      const good = '{"to":{"user":"a"},"type":"t","data":1,"dry":1}';
      const requests = [good, bad, good].map((body) => {
        const bytes = Buffer.from(body, 'latin1');
        return head(`${JSON_TYPE}content-length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`);
      });
      const bytes = Buffer.from([...requests, withBody(good)].join(''), 'latin1');
      const answers = (await RawSocket.exchange(rig.server().port, bytes)).match(/HTTP\/1.1 \d+/g);
      expect(answers).toEqual(Array.from({ length: 4 }, () => 'HTTP/1.1 400'));
    },
  );

  it('after an answer that ends the connection is not executed', async () => {
    const good = '{"to":{"user":"a"},"type":"t","data":1}';
    const end = `${head(`${JSON_TYPE}expect: 100-continue\r\ncontent-length: 9999999\r\n\r\n`)}`;
    const answer = await RawSocket.exchange(rig.server().port, `${end}${'x'.repeat(9_999_999)}${withBody(good)}`);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  it('with Expect: 100-continue is refused before its body is sent', async () => {
    const socket = await RawSocket.open(rig.server().port);
    socket.send(head(`${JSON_TYPE}expect: 100-continue\r\ncontent-length: 9999999\r\n\r\n`));
    expect(await socket.ending()).toMatch(/^HTTP\/1.1 413 /);
    const { port } = rig.server();
    const nobody = await RawSocket.open(port);
    nobody.send(
      `POST /v1/notifications HTTP/1.1\r\nhost: a\r\n${JSON_TYPE}expect: 100-continue\r\ncontent-length: 4\r\n\r\n`,
    );
    expect(await nobody.ending()).toMatch(/^HTTP\/1.1 401 /);
    const welcome = await RawSocket.open(port);
    welcome.send(head(`${JSON_TYPE}connection: close\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n`));
    await until(() => welcome.text !== '');
    expect(welcome.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    welcome.send('null');
    expect(await welcome.ending()).toMatch(/HTTP\/1.1 400 /);
  });

  it.each([
    ['PUT', '/v1/notifications', 'POST'],
    ['DELETE', '/v1/notifications', 'POST'],
    ['POST', '/v1/notifications/n1/receipts?x=1', 'GET, HEAD'],
    ['PUT', '/v1/notifications/n1', 'DELETE, GET, HEAD'],
    ['OPTIONS', '/health/ready', 'GET, HEAD'],
  ])('with a method that its path does not have (%s %s) learns the allowed ones', async (method, path, allow) => {
    const bytes = `${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;
    const answer = await RawSocket.exchange(rig.server().port, bytes);
    expect(answer).toMatch(/^HTTP\/1.1 405 /);
    expect(answer).toContain(`\r\nallow: ${allow}\r\n`);
  });

  it('without a host is refused', async () => {
    const answer = await RawSocket.exchange(rig.server().port, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
  });

  it('with endless chunks is cut at the limit before it is held in memory', async () => {
    const socket = await RawSocket.open(rig.server().port);
    socket.send(head(`${JSON_TYPE}transfer-encoding: chunked\r\n\r\n`));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    for (let i = 0; i < 20; i++) socket.send(chunk);
    expect(await socket.ending()).toContain('"code":"payload_too_large"');
  });

  it('is counted by the limit that it exceeds', async () => {
    const before = await rig
      .rest()
      .metric('postrider_limited_total')
      .catch(() => 0);
    await RawSocket.exchange(rig.server().port, head(`x-long: ${'a'.repeat(17_000)}\r\n\r\n`));
    expect(await rig.rest().metric('postrider_limited_total')).toBe(before + 1);
    expect((await rig.rest().get<string>('/metrics')).body).toContain('postrider_limited_total{limit="http_header"}');
  });

  it.each<[string, () => string]>([
    ['whose header never ends', () => 'GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: '],
    ['whose body never comes', () => head(`${JSON_TYPE}content-length: 1000\r\n\r\n{`)],
    ['that says nothing', () => ''],
  ])('%s is ended with 408', async (_, begun) => {
    const socket = await RawSocket.open(rig.server().port);
    socket.send(begun());
    expect(readAnswer(await socket.ending())).toMatchObject({ status: 408, body: { code: 'request_timeout' } });
  });
});

it('a request of a connection beyond the limit is not read', async () => {
  const rig = await PostriderRig.start({ env: { HTTP_MAX_CONNECTIONS: '20' } });
  try {
    const { port } = rig.server();
    const held = await Promise.all(Array.from({ length: 40 }, () => RawSocket.open(port)));
    let ended = 0;
    for (const socket of held) void socket.closed.then(() => ended++);
    await until(() => ended >= 20, { timeoutMs: 5_000, what: 'those beyond the limit are closed' });
    for (const socket of held) socket.cut();
    await until(async () => (await rig.rest().metric('postrider_limited_total')) >= 20);
  } finally {
    await rig.close();
  }
});
