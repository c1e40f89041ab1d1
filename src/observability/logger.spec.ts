import { describe, expect, it } from '@jest/globals';
import { EventBudget } from './event-budget.js';
import { AppLogger } from './logger.js';

function logged(write: (logger: AppLogger) => void, logLevel: 'info' | 'debug' = 'info', logEventsPerSecond = 3) {
  const lines: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
  write(new AppLogger({ logLevel, nodeId: 'n1', logEventsPerSecond }, sink));
  return lines;
}

describe('AppLogger', () => {
  it('writes one object per line, with node, level, time and context', () => {
    const [line] = logged((logger) => logger.log('up', 'Main'));
    expect(line).toMatchObject({ level: 'info', node: 'n1', msg: 'up', context: 'Main' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('keeps fields apart from the sentence', () => {
    expect(logged((logger) => logger.warn({ msg: 'slow', ms: 7 }, { topic: 'a' }, 'Lane'))).toMatchObject([
      { level: 'warn', msg: 'slow', ms: 7, topic: 'a', context: 'Lane' },
    ]);
  });

  it('accepts a stack as text, or an error', () => {
    const error = new TypeError('broken', { cause: new Error('deep') });
    const [asText, asError, alone] = logged((logger) => {
      logger.error('failed', 'Error: x\n    at y', 'Main');
      logger.error('failed', error);
      logger.error(error);
    });
    expect(asText).toMatchObject({ msg: 'failed', err: { stack: 'Error: x\n    at y' }, context: 'Main' });
    expect(asError).toMatchObject({ msg: 'failed', err: { type: 'TypeError', message: 'broken', cause: 'deep' } });
    expect(alone).toMatchObject({ level: 'error', msg: 'broken', err: { stack: expect.stringContaining('broken') } });
  });

  it('drops lines below the level', () => {
    const write = (logger: AppLogger): void => {
      logger.debug('a');
      logger.verbose('b');
      logger.fatal('c');
    };
    expect(logged(write).map(({ msg }) => msg)).toEqual(['c']);
    expect(logged(write, 'debug').map(({ msg }) => msg)).toEqual(['a', 'c']);
  });

  it('puts under extra what the catalogue does not have, or has with another type', () => {
    const [line] = logged((logger) =>
      logger.log({ msg: 'x', colour: 'red', offset: 'seven', topics: 2, time: 'now', level: 'fatal', node: 'n9' }),
    );
    expect(line).toMatchObject({ msg: 'x', topics: 2, level: 'info', node: 'n1' });
    expect(line?.['extra']).toEqual({ colour: 'red', offset: 'seven', time: 'now', level: 'fatal', node: 'n9' });
  });

  it.each(['token', 'authorization', 'key', 'data', 'metadata', 'apiKey', 'Set-Cookie', 'password', 'JWT_SECRET'])(
    'never writes a field called %s, at any depth',
    (name) => {
      const [line] = logged((logger) => logger.log({ msg: 'x', [name]: 's3cret', a: { b: [{ [name]: 's3cret' }] } }));
      expect(line).toMatchObject({ extra: { [name]: '[removed]', a: { b: [{ [name]: '[removed]' }] } } });
    },
  );

  it.each([
    ['what JSON.parse quotes', () => JSON.parse('{"s3cret" "')],
    ['what JSON.parse quotes in the middle', () => JSON.parse(`[${'1,'.repeat(50)}s3cret${',1'.repeat(50)}]`)],
    ['arguments that Redis quotes', () => fail("ERR unknown command 'auth', with args beginning with: 'u' 's3cret'")],
    ['the password of a URL', () => fail('cannot reach redis://u:s3cret@host:6379, giving up')],
    ['a password with separators', () => fail('cannot reach redis://u:a/b@s3cret@host:6379, giving up')],
    ['properties of an error', () => fail('no', { command: { args: ['s3cret'] } })],
  ])('leaves out %s', (_, broken) => {
    let thrown: unknown;
    try {
      broken();
    } catch (error) {
      thrown = error;
    }
    const lines = logged((logger) => {
      logger.error({ msg: 'x' }, thrown);
      logger.error(thrown);
      logger.log({ msg: 'x', error: String(thrown) });
      logger.log({ msg: 'x', error: thrown });
    });
    expect(lines).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toContain('s3cret');
  });

  it('escapes line breaks, separators and terminal controls of client text, so that each entry stays one line', () => {
    const raw: string[] = [];
    const logger = new AppLogger(
      { logLevel: 'info', nodeId: 'n1', logEventsPerSecond: 9 },
      { write: (line: string) => void raw.push(line) },
    );
    logger.log({ msg: 'x', topic: 'a\r\n{"level":"fatal"}\u001b[2J\u009b2J\u0085\u2028\u2029\u0000\u007f' });
    expect(raw).toHaveLength(1);
    // oxlint-disable-next-line no-control-regex
    expect(raw[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+\n$/);
  });

  it('bounds the length of every line', () => {
    const long = 'ü\u0001'.repeat(1_000_000);
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${i}${long}`, long]));
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const lines = logged((logger) => {
      logger.log(long);
      logger.error(
        { event: 'job_failed', msg: long, topic: long, codes: Array.from({ length: 1_000 }, () => long) },
        new Error(long),
      );
      logger.log({ msg: 'x', wide });
      logger.log({ msg: 'x', cyclic, large: 1n, symbol: Symbol('x'), call: () => long, none: null });
    });
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatchObject({
      event: 'job_failed',
      level: 'error',
      node: 'n1',
      extra: { cutBytes: expect.any(Number) },
    });
    for (const line of lines) expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(16_000);
  });

  it('stays fast for text that is made to be slow to search', () => {
    const spite = ['"'.repeat(16_000), '://'.repeat(5_000), ' is not valid JSON'.repeat(900)];
    expect(logged((logger) => spite.forEach((text) => logger.log(text)))).toHaveLength(3);
  });

  it('limits the lines of an event per second and reports how many were dropped', () => {
    const flood = (logger: AppLogger): void => {
      for (let i = 0; i < 10; i++) logger.event('redis_back', { connection: String(i) });
      logger.event('redis_lost', { connection: 'other' });
    };
    let dropped = 0;
    logged((logger) => {
      logger.onDropped = () => void dropped++;
      flood(logger);
    });
    expect(dropped).toBe(7);
    expect(logged(flood).map(({ event }) => event)).toEqual(['redis_back', 'redis_back', 'redis_back', 'redis_lost']);
  });

  it('does not limit debug and trace', () => {
    const flood = (logger: AppLogger): void => {
      for (let i = 0; i < 10; i++) logger.event('connection_opened', { session: String(i) });
    };
    expect(logged(flood, 'debug')).toHaveLength(10);
  });
});

describe('EventBudget', () => {
  it('writes again after a second, and reports first what was dropped', () => {
    const budget = new EventBudget(2);
    const told: number[] = [];
    const take = (now: number): boolean => budget.take('a', (dropped) => told.push(dropped), now);
    expect([0, 1, 2, 999].map(take)).toEqual([true, true, false, false]);
    expect(told).toEqual([]);
    expect(take(1_000)).toBe(true);
    expect(told).toEqual([2]);
  });
});

function fail(message: string, properties: object = {}): never {
  throw Object.assign(new Error(message), properties);
}
