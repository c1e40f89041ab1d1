import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderError, PostriderServer, type PostriderServerOptions } from '../src/index.js';
import { ScriptedServer, refusal } from './scripted-server.js';

const accepted = { id: 's1', state: 'accepted', targets: [{ topic: 'user:ada', offset: 1, epoch: 'e', online: 0 }] };
const note = { to: { user: 'ada' }, type: 'greeting', data: { text: 'Hello' } };

describe('PostriderServer', () => {
  let server: ScriptedServer;

  beforeAll(async () => {
    server = await ScriptedServer.start();
  });

  afterAll(() => server.close());

  const client = (options: Partial<PostriderServerOptions> = {}): PostriderServer =>
    new PostriderServer({ url: server.url, apiKey: 'secret', backoff: { baseMs: 1 }, ...options });

  const errorOf = (call: Promise<unknown>): Promise<PostriderError> =>
    call.then(
      () => Promise.reject(new Error('it succeeded')),
      (error: unknown) => (error instanceof PostriderError ? error : Promise.reject(error)),
    );

  const keys = (): unknown[] => server.asked.map(({ headers }) => headers['idempotency-key']);

  it('sends the body with key, app and a new idempotency key', async () => {
    server.play({ status: 202, body: accepted }, { status: 202, body: accepted });
    await expect(client({ app: 'shop' }).notify(note)).resolves.toEqual(accepted);
    await client().notify(note);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      url: '/v1/notifications',
      headers: { authorization: 'Bearer secret', 'postrider-app': 'shop', 'content-type': 'application/json' },
      body: note,
    });
    expect(server.asked[1]?.headers).not.toHaveProperty('postrider-app');
    expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys()[1]).not.toBe(keys()[0]);
  });

  it('keeps the path of its url and escapes parts of paths', async () => {
    server.play({ body: {} });
    await client({ url: `${server.url}/push/` }).topic('user:a+b@c');
    expect(server.asked[0]?.url).toBe('/push/v1/topics/user%3Aa%2Bb%40c');
  });

  it.each([
    ['a cut connection', 'cut'],
    ['503', refusal(503, 'redis_unavailable')],
    ['429', refusal(429, 'rate_limited')],
    ["a proxy's 502", { status: 502, body: '<h1>Bad gateway</h1>' }],
    ["a proxy's 504", { status: 504, body: '' }],
  ] as const)('repeats after %s under the same idempotency key', async (_, fault) => {
    server.play(fault, fault, { status: 202, body: accepted });
    await expect(client().notify(note)).resolves.toEqual(accepted);
    expect(new Set(keys())).toEqual(new Set([expect.any(String)]));
    expect(keys()).toHaveLength(3);
  });

  it('uses the idempotency key of the caller', async () => {
    server.play(refusal(503, 'unconfirmed'), { status: 202, body: accepted });
    await client().notify(note, { idempotencyKey: 'order-4711' });
    expect(keys()).toEqual(['order-4711', 'order-4711']);
  });

  it('gives up after its tries, with the last error', async () => {
    server.play(...Array.from({ length: 3 }, () => refusal(503, 'draining')));
    const error = await errorOf(client({ retries: 2 }).notify(note));
    expect(error).toMatchObject({ code: 'draining', status: 503, retryable: true, tries: 3, retryAfterMs: 0 });
    expect(server.asked).toHaveLength(3);
  });

  it('does not repeat an invalid request, and names each field', async () => {
    const errors = [{ field: 'to.users[3]', message: 'must be a string' }];
    server.play(refusal(400, 'invalid_request', { errors }));
    const error = await errorOf(client().notify(note));
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, retryable: false, tries: 1, errors });
    expect(error.message).toBe('It is invalid_request.');
  });

  it.each([401, 403, 404, 409, 422, 500])('does not repeat a %d', async (status) => {
    server.play(refusal(status, 'some_code'));
    expect(await errorOf(client().status('s1'))).toMatchObject({ code: 'some_code', status, tries: 1 });
  });

  it('reports an unreachable server', async () => {
    const nobody = await ScriptedServer.start();
    const { url } = nobody;
    await nobody.close();
    const error = await errorOf(client({ url, retries: 1 }).books());
    expect(error).toMatchObject({ code: 'network', status: 0, retryable: true, tries: 2 });
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.cause).toBeDefined();
  });

  it('waits no longer than its timeout for an answer, and tries again', async () => {
    server.play('silent', { body: { accepted: 1 } });
    await expect(client({ timeoutMs: 100 }).books()).resolves.toEqual({ accepted: 1 });
    server.play('silent');
    const error = await errorOf(client({ timeoutMs: 50, retries: 0 }).books());
    expect(error).toMatchObject({ code: 'timeout', status: 0, retryable: true });
    expect(error.message).toContain('50 ms');
  });

  it("follows no redirect, and describes an answer that is not Postrider's", async () => {
    server.play({ status: 301, headers: { location: 'https://elsewhere.example/' }, body: '' });
    const moved = await errorOf(client().books());
    expect(moved).toMatchObject({ code: 'bad_answer', status: 301, retryable: false });
    expect(moved.message).toContain('https://elsewhere.example/');
    server.play({ body: '<!doctype html>' });
    expect(await errorOf(client().books())).toMatchObject({ code: 'bad_answer', status: 200, retryable: false });
  });

  it('repeats a batch while items could not be stored', async () => {
    const stored = { status: 202, ...accepted };
    const busy = { status: 503, problem: refusal(503, 'redis_unavailable').body };
    const wrong = { status: 400, problem: refusal(400, 'invalid_request').body };
    server.play(
      { status: 207, body: { results: [stored, busy] } },
      { status: 207, body: { results: [stored, wrong] } },
    );
    const results = await client({ totalTimeoutMs: 5_000 }).notifyBatch([note, note]);
    expect(results).toEqual([stored, wrong]);
    expect(keys()[1]).toBe(keys()[0]);
  });

  it('repeats a replay of many in the same way, and drops many at once', async () => {
    const again = { id: 's1', status: 202, notification: 's2' };
    const busy = { id: 's3', status: 503, problem: refusal(503, 'redis_unavailable').body };
    const gone = { id: 's3', status: 404, problem: refusal(404, 'dead_letter_not_found').body };
    server.play({ status: 207, body: { results: [again, busy] } }, { status: 207, body: { results: [again, gone] } });
    await expect(client().replayMany(['s1', 's3'])).resolves.toEqual([again, gone]);
    server.play({ status: 207, body: { results: [{ id: 's1', status: 200 }] } });
    await expect(client().dropMany(['s1'])).resolves.toEqual([{ id: 's1', status: 200 }]);
    expect(server.asked[0]).toMatchObject({ url: '/v1/dead-letters/drop', body: { ids: ['s1'] } });
  });

  it('returns the results of a batch if the rest cannot be stored in time', async () => {
    const results = [
      { status: 202, ...accepted },
      { status: 503, problem: refusal(503, 'draining').body },
    ];
    server.play({ status: 207, body: { results } });
    await expect(client({ retries: 0 }).notifyBatch([note, note])).resolves.toEqual(results);
  });

  it('iterates over all pages of a list and loads each as needed', async () => {
    server.play({ body: { items: [1, 2], next: 'a b' } }, { body: { items: [3], next: null } });
    const seen: unknown[] = [];
    const receipts = client().receipts('s1', { limit: 2, state: 'acked' });
    expect(server.asked).toHaveLength(0);
    for await (const receipt of receipts) {
      seen.push([receipt, server.asked.length]);
    }
    expect(seen).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    const queries = server.asked.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams));
    expect(queries).toEqual([
      { limit: '2', state: 'acked' },
      { limit: '2', state: 'acked', cursor: 'a b' },
    ]);
  });

  it('loads one page of a list', async () => {
    server.play({ body: { items: [1], next: 'b' } });
    await expect(client().deadLetters({ topic: 'user:ada' }).page('a')).resolves.toEqual({ items: [1], next: 'b' });
    expect(server.asked[0]?.url).toBe('/v1/dead-letters?topic=user%3Aada&cursor=a');
  });

  it('counts a resource as deleted if a second try does not find it', async () => {
    server.play('cut', refusal(404, 'session_not_found'));
    await expect(client().endSession('k1')).resolves.toBeUndefined();
    server.play('cut', refusal(404, 'dead_letter_not_found'));
    await expect(client().drop('s1')).resolves.toBeUndefined();
    server.play(refusal(404, 'session_not_found'));
    expect(await errorOf(client().endSession('k1'))).toMatchObject({ code: 'session_not_found' });
  });

  it('stops at once when its signal is aborted', async () => {
    const stop = new AbortController();
    server.play('silent');
    const call = client().books({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await expect(client().books({ signal: stop.signal })).rejects.toThrow('enough');
  });

  it.each<[string, object | undefined]>([
    ['url is missing', {}],
    ['url is missing', { url: '', apiKey: 'k' }],
    ['url is missing', { url: null }],
    ['options are missing', undefined],
    ['url is not a URL', { url: 'push.example.com', apiKey: 'k' }],
    ['url must begin with http', { url: 'ws://push.example.com', apiKey: 'k' }],
    ['apiKey is missing', { url: 'http://h' }],
    ['apiKey is missing', { url: 'http://h', apiKey: '' }],
    ['apiKey must consist of', { url: 'http://h', apiKey: 'a\nb' }],
    ['apiKey must consist of', { url: 'http://h', apiKey: 5 }],
    ['app is missing', { url: 'http://h', apiKey: 'k', app: '' }],
    ['app must consist of', { url: 'http://h', apiKey: 'k', app: 'ä' }],
    ['retries must be', { url: 'http://h', apiKey: 'k', retries: -1 }],
    ['retries must be', { url: 'http://h', apiKey: 'k', retries: Number.NaN }],
    ['timeoutMs must be', { url: 'http://h', apiKey: 'k', timeoutMs: 0 }],
    ['timeoutMs must be', { url: 'http://h', apiKey: 'k', timeoutMs: '5' }],
    ['totalTimeoutMs must be', { url: 'http://h', apiKey: 'k', totalTimeoutMs: 2 ** 31 }],
    ['backoff must be', { url: 'http://h', apiKey: 'k', backoff: 5 }],
    ['backoff.baseMs must be', { url: 'http://h', apiKey: 'k', backoff: { baseMs: -1 } }],
    ['backoff.capMs must be', { url: 'http://h', apiKey: 'k', backoff: { capMs: Number.NaN } }],
    ['fetch must be', { url: 'http://h', apiKey: 'k', fetch: 'node-fetch' }],
  ])('cannot be made: %s', (message, options) => {
    const make = (): PostriderServer => new PostriderServer(options as PostriderServerOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it('refuses calls that cannot be made', async () => {
    expect(() => client().status('')).toThrow('cannot be part of an address');
    expect(() => client().sessions('..')).toThrow('cannot be part of an address');
    await expect(client().notify({ ...note, data: 1n })).rejects.toThrow('BigInt');
    await expect(client().notify(note, { idempotencyKey: 'a\nb' })).rejects.toThrow('invalid header value');
  });
});
