import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PostriderServer, type PostriderServerOptions } from '../src/index.js';

/** Waits between tries, with a stopped clock and fixed random numbers. */
describe('the waits between tries', () => {
  let askedAt: number[];
  let dice: ReturnType<typeof jest.spyOn>;

  beforeEach(() => {
    jest.useFakeTimers();
    askedAt = [];
    dice = jest.spyOn(Math, 'random').mockReturnValue(1);
  });

  afterEach(() => {
    dice.mockRestore();
    jest.useRealTimers();
  });

  const failing =
    (headers: Record<string, string>): typeof fetch =>
    async () => {
      askedAt.push(performance.now());
      return new Response('', { status: 503, headers });
    };

  /** Returns the times of the tries, in ms since the first. */
  const timesOf = async (options: Partial<PostriderServerOptions>, headers = {}): Promise<number[]> => {
    const server = new PostriderServer({ url: 'http://x', apiKey: 'k', fetch: failing(headers), ...options });
    const [error] = await Promise.all([server.books().catch(String), jest.runAllTimersAsync()]);
    expect(error).toContain('503');
    return askedAt.map((at) => Math.round(at - (askedAt[0] ?? 0)));
  };

  it('double up to their cap', async () => {
    const times = await timesOf({ retries: 5, backoff: { baseMs: 100, capMs: 500 } });
    expect(times).toEqual([0, 100, 300, 700, 1_200, 1_700]);
  });

  it('are drawn between zero and that', async () => {
    dice.mockReturnValue(0);
    expect(await timesOf({ retries: 3 })).toEqual([0, 0, 0, 0]);
  });

  it("come on top of the server's wait", async () => {
    dice.mockReturnValue(0);
    expect(await timesOf({ retries: 2 }, { 'retry-after': '7' })).toEqual([0, 7_000, 14_000]);
  });

  it('understand a date', async () => {
    dice.mockReturnValue(0);
    jest.setSystemTime(new Date('2026-03-01T12:00:00Z'));
    const times = await timesOf({ retries: 1 }, { 'retry-after': 'Sun, 01 Mar 2026 12:00:03 GMT' });
    expect(times).toEqual([0, 3_000]);
  });

  it('end when the signal is aborted', async () => {
    const stop = new AbortController();
    const server = new PostriderServer({ url: 'http://x', apiKey: 'k', fetch: failing({ 'retry-after': '9' }) });
    const call = server.books({ signal: stop.signal }).catch(String);
    await jest.advanceTimersByTimeAsync(1_000);
    stop.abort('enough');
    await expect(call).resolves.toBe('enough');
    expect(askedAt).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('end if the next one would exceed the time for a call', async () => {
    dice.mockReturnValue(0);
    expect(await timesOf({ retries: 100, totalTimeoutMs: 10_000 }, { 'retry-after': '4' })).toEqual([0, 4_000, 8_000]);
    askedAt = [];
    expect(await timesOf({}, { 'retry-after': '3600' })).toEqual([0]);
  });
});
