import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { RawSocket, upgradeRequest } from '../support/raw-socket.js';

let rig: PostriderRig;

beforeAll(async () => {
  rig = await PostriderRig.start({ env: { TRUSTED_PROXIES: '127.0.0.2' } });
});
afterAll(() => rig?.close());

const NOTHING = "default-src 'none'; frame-ancestors 'none'";

const get = async (path: string, init: RequestInit = {}): Promise<Response> => {
  const answer = await fetch(rig.server().url + path, { redirect: 'manual', ...init });
  await answer.arrayBuffer();
  return answer;
};

describe('an answer', () => {
  it.each([
    ['/health/live', 200],
    ['/v1/books', 401],
    ['/none', 404],
    ['/%', 400],
    ['/metrics', 200],
    ['/console/queues', 401],
    ['/docs', 200],
    ['/docs/json', 200],
    ['/', 200],
    ['/console', 200],
    ['/assets/none.js', 404],
  ])('to %s (%i) says what a browser must not do with it', async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/frame-ancestors '(none|self)'/);
    expect(policy).not.toContain("script-src 'unsafe");
    for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'strict-transport-security']) {
      expect([name, answer.headers.get(name)]).toEqual([name, null]);
    }
  });

  it.each(['/', '/console'])('for the page %s sends no referrer', async (path) => {
    expect((await get(path)).headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('with data allows nothing at all', async () => {
    for (const path of ['/health/live', '/v1/books', '/none']) {
      expect((await get(path)).headers.get('content-security-policy')).toBe(NOTHING);
    }
  });

  it('to a refused handshake has the same headers', async () => {
    const answer = await RawSocket.exchange(rig.server().port, upgradeRequest('/none'));
    expect(answer).toContain('x-content-type-options: nosniff');
    expect(answer).toContain(`content-security-policy: ${NOTHING}`);
  });

  it.each([
    ['a foreign page asks what it may do', 'OPTIONS', '/v1/notifications'],
    ['a foreign page reads', 'GET', '/health/live'],
  ])('names no other origin if %s', async (_, method, path) => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await get(path, { method, headers });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it.each([
    ['a trusted proxy', '127.0.0.2', true],
    ['anybody', '127.0.0.3', false],
  ])('tells browsers to stay with TLS where %s says that it came so: %#', async (_who, localAddress, told) => {
    const socket = await RawSocket.open(rig.server().port, localAddress);
    socket.send('GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-proto: https\r\nconnection: close\r\n\r\n');
    expect((await socket.ending()).includes('strict-transport-security: max-age=31536000')).toBe(told);
  });
});
