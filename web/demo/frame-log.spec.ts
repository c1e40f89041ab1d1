import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FrameLog } from './frame-log';

describe('the log of frames', () => {
  let log: FrameLog;

  beforeEach(() => {
    jest.useFakeTimers();
    log = new FrameLog();
  });

  afterEach(() => void jest.useRealTimers());

  /** Returns the rendered lines. */
  const lines = (): string[] => {
    jest.advanceTimersByTime(200);
    return log.lines.value.map(({ direction, event, topic, detail }) =>
      [direction, event, topic, detail].filter(Boolean).join(' '),
    );
  };

  it('notes direction, event, topic, offset and attempt', () => {
    log.add('in', {
      event: 'notification',
      data: { topic: 'chat', offset: 7, attempt: 2, type: 'said', data: 'secret' },
    });
    log.add('out', { event: 'ack', data: { topic: 'chat', offsets: [7, 9] }, id: 3 });
    expect(lines()).toEqual(['in notification chat offset 7 · attempt 2 · said', 'out ack chat offsets 7, 9']);
  });

  it('splits a batch', () => {
    log.add('in', [{ event: 'subscribed', data: { topic: 'all', offset: 0, cursor: 0 } }, { event: 'acked' }]);
    expect(lines()).toEqual(['in subscribed all offset 0 · cursor 0', 'in acked']);
  });

  it('never shows a token', () => {
    log.add('out', { event: 'hello', data: { token: 'eyJhbGciOi', session: 's1' } });
    log.add('out', { event: 'refresh', data: { token: 'eyJhbGciOi' } });
    expect(lines()).toEqual(['out hello resume', 'out refresh']);
  });

  it('leaves out heartbeats and polls for presence', () => {
    for (const event of ['ping', 'pong', 'presence']) log.add('in', { event });
    expect(lines()).toEqual([]);
    expect(log.total.value).toBe(0);
  });

  it('keeps the last hundred and counts all', () => {
    for (let offset = 1; offset <= 250; offset += 1) log.add('in', { event: 'acked', data: { offset } });
    expect(lines()).toHaveLength(100);
    expect(lines()[0]).toBe('in acked offset 151');
    expect(log.total.value).toBe(250);
  });

  it.each([undefined, null, 7, 'text', {}, { event: 5 }])('ignores anything but a frame: %j', (frame) => {
    log.add('in', frame);
    expect(lines()).toEqual([]);
  });
});
