import { describe, expect, it } from '@jest/globals';
import { AppLogger } from './logger.js';

function logged(write: (logger: AppLogger) => void, logLevel: 'info' | 'debug' = 'info'): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
  write(new AppLogger({ logLevel, nodeId: 'n1' }, sink));
  return lines;
}

describe('AppLogger', () => {
  it('writes one object a line, with node, level, time and context', () => {
    const [line] = logged((logger) => logger.log('up', 'Main'));
    expect(line).toMatchObject({ level: 'info', node: 'n1', msg: 'up', context: 'Main' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('keeps fields apart from the sentence', () => {
    expect(logged((logger) => logger.warn({ msg: 'slow', waitedMs: 7 }, { topic: 'a' }, 'Lane'))).toMatchObject([
      { level: 'warn', msg: 'slow', waitedMs: 7, topic: 'a', context: 'Lane' },
    ]);
  });

  it('takes a stack as text or an error as it is', () => {
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

  it('leaves out what is less severe than the level', () => {
    const write = (logger: AppLogger): void => {
      logger.debug('a');
      logger.verbose('b');
      logger.fatal('c');
    };
    expect(logged(write).map(({ msg }) => msg)).toEqual(['c']);
    expect(logged(write, 'debug').map(({ msg }) => msg)).toEqual(['a', 'c']);
  });

  it('never writes what is called a token, a key or data', () => {
    const [line] = logged((logger) =>
      logger.log({ msg: 'x', token: 'tok', key: 'k', data: { a: 1 }, headers: { authorization: 'Bearer s' } }),
    );
    expect(line).toMatchObject({
      token: '[removed]',
      key: '[removed]',
      data: '[removed]',
      headers: { authorization: '[removed]' },
    });
  });

  it('writes a line break of a client as an escape', () => {
    expect(logged((logger) => logger.log('a\n{"level":"fatal"}'))).toHaveLength(1);
  });
});
