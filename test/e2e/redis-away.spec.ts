import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HandshakeRefused } from '../support/frame-socket.js';
import type { ErrorFrame, Goodbye } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Problem } from '../support/rest-types.js';
import { until } from '../support/wait.js';

const HEARTBEAT_TIMEOUT_MS = 1_500;

describe('while Redis is away', () => {
  let rig: PostriderRig;

  beforeAll(async () => {
    const env = { HEARTBEAT_MS: '300', HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS), LEASE_MS: '2000' };
    rig = await PostriderRig.start({ redis: { appendOnly: true }, env });
  });

  afterAll(() => rig?.close());

  const away = async (): Promise<void> => {
    await rig.redis.kill();
    await until(async () => (await rig.rest().get('/health/ready')).status === 503);
  };
  const back = async (): Promise<void> => {
    await rig.redis.restart();
    await until(async () => (await rig.rest().get('/health/ready')).status === 200, { timeoutMs: 20_000 });
  };
  const told = (event: string): Record<string, unknown>[] =>
    rig
      .server()
      .log.filter((line) => line.startsWith('{'))
      .map((line): Record<string, unknown> => JSON.parse(line))
      .filter((line) => line['event'] === event);

  it('a node is live and not ready, and its sockets stay open with their heartbeats', async () => {
    const socket = await rig.socket('anna');
    await socket.welcome();
    await socket.subscribed('user:anna');
    await away();
    const silentUntil = performance.now() + 2 * HEARTBEAT_TIMEOUT_MS;
    while (performance.now() < silentUntil) {
      await socket.next('ping');
      socket.send('pong');
      expect((await rig.rest().get('/health/live')).status).toBe(200);
    }
    socket.send('ping', undefined, 1);
    expect((await socket.answer(1)).event).toBe('pong');

    const pongs = setInterval(() => socket.send('pong'), 100);
    try {
      await back();
      const { id } = await rig.rest().notify({ to: { user: 'anna' }, type: 'note', data: {} });
      expect((await socket.notification('user:anna')).id).toBe(id);
    } finally {
      clearInterval(pongs);
    }
  });

  it('a node refuses sockets before the upgrade, whatever their token, and says when to come back', async () => {
    await away();
    const tokens = [await rig.tokens.sign('ben'), await rig.tokens.forged('ben'), undefined];
    for (const token of tokens) {
      const thrown: unknown = await rig.bareSocket({ token }).catch((error: unknown) => error);
      if (!(thrown instanceof HandshakeRefused)) throw new Error('the handshake was not refused', { cause: thrown });
      const { status, headers, body } = thrown;
      expect({ status, code: JSON.parse(body).code }).toEqual({ status: 503, code: 'redis_unavailable' });
      expect(headers['retry-after']).toMatch(/^([1-9]|[12][0-9]|30)$/);
      expect(body).not.toMatch(/key/i);
    }
    await back();
    expect((await (await rig.socket('ben')).welcome()).user).toBe('ben');
  });

  it('a hello is answered that Redis is away and when to come back, and the log records it', async () => {
    const socket = await rig.bareSocket();
    const token = await rig.tokens.sign('cleo');
    await away();
    const { data } = await socket.request<ErrorFrame>('hello', { token }, 1);
    expect(data).toMatchObject({
      code: 'redis_unavailable',
      message: 'Redis is unavailable. Retry later.',
      retryable: true,
    });
    const goodbye = await socket.next<Goodbye>('goodbye');
    expect(goodbye.data).toMatchObject({ code: 1012, reason: 'redis_unavailable', reconnect: true });
    expect(goodbye.data.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(told('hello_refused')).toMatchObject([
      { code: 'redis_unavailable', detail: 'Redis is unavailable. Retry later.' },
    ]);
    await back();
  });

  it('a publisher is told to retry, and probes learn nothing of keys', async () => {
    await away();
    const body = { to: { user: 'dan' }, type: 'note', data: {} };
    const keyed = await rig.rest().post<Problem>('/v1/notifications', body, { idempotencyKey: 'dan-1' });
    const bare = await rig.rest().post<Problem>('/v1/notifications', body);
    const read = await rig.rest().get<Problem>('/v1/topics/user:dan');
    for (const { status, headers, body: problem } of [keyed, bare, read]) {
      expect({ status, title: problem.title }).toEqual({ status: 503, title: 'Redis is unavailable' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(keyed.body.detail).toContain('retry with the same idempotency key');
    expect(bare.body.detail).toContain('use an idempotency key to retry without sending it twice');
    expect(read.body.detail).toBe('Redis is unavailable. Retry later.');
    expect(JSON.stringify((await rig.rest().get('/health/ready')).body)).not.toContain('dempotency');
    await back();
  });

  it('a hello with a bad token is refused as such', async () => {
    const socket = await rig.bareSocket();
    await socket.request('hello', { token: await rig.tokens.expired('eve') }, 1);
    const { data } = await socket.next<Goodbye>('goodbye');
    expect(data).toMatchObject({ code: 4401, reason: 'unauthorized', reconnect: true });
    expect(data.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(told('hello_refused').at(-1)).toMatchObject({
      code: 'unauthorized',
      detail: 'The token has expired. Send a new one.',
    });
  });
});
