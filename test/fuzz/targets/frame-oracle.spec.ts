import { describe, expect, it } from '@jest/globals';
import type { Frame } from '../../support/frames.js';
import { expectationOf } from './frame-expectation.js';
import { faultOf } from './frame-oracle.js';

const ping = (id: number) => ({ event: 'ping', id });
const pong = (id: number): Frame => ({ event: 'pong', data: undefined, id });
const error = (code: string, id?: number, field?: string): Frame => ({
  event: 'error',
  data: { code, message: '', retryable: false, ...(field && { field }) },
  ...(id !== undefined && { id }),
});
const judged = (sent: unknown, frames: readonly Frame[], close?: number): string | undefined =>
  faultOf(frames, close, expectationOf(Buffer.from(typeof sent === 'string' ? sent : JSON.stringify(sent)), 1_024));

describe('the verdict on the answers to a message', () => {
  it.each<[string, unknown, Frame[], number?]>([
    ['an answer is missing', [ping(1), ping(2)], [pong(1)]],
    ['answers are out of order', [ping(1), ping(2)], [pong(2), pong(1)]],
    ['there is an answer too many', ping(1), [pong(1), pong(1)]],
    ['it is an internal error', ping(1), [error('internal', 1)]],
    [
      'a valid request is refused as invalid',
      { event: 'presence', data: { topic: 'news' }, id: 1 },
      [error('invalid_request', 1, 'topic')],
    ],
    [
      'an invalid one is done',
      { event: 'unsubscribe', data: { topic: 'a b' }, id: 1 },
      [{ event: 'unsubscribed', data: {}, id: 1 }],
    ],
    ['the field is not named', { event: 'unsubscribe', data: {}, id: 1 }, [error('invalid_request', 1)]],
    ['what is malformed is passed over', '{', []],
    ['a key that stands twice is passed over', '{"event":"ping","id":1,"id":2}', [pong(2)]],
    ['a key __proto__ is passed over', '{"event":"ping","id":1,"data":{"__proto__":1}}', [pong(1)]],
    ['what is not is called malformed', ping(1), [error('malformed_frame', 1)]],
    ['a close has no documented code', ping(1), [pong(1)], 1011],
    ['a message that is too long is taken', ' '.repeat(1_025), [error('malformed_frame')]],
  ])('is a fault: %s', (...[, sent, frames, close]) => {
    expect(judged(sent, frames, close)).toBeDefined();
  });

  it.each<[string, unknown, Frame[], number?]>([
    ['all are answered', [ping(1), ping(2)], [pong(1), { event: 'gap', data: {} }, pong(2)]],
    ['a right refusal', { event: 'presence', data: { topic: 'news' }, id: 1 }, [error('forbidden', 1)]],
    ['a bad field that is named', { event: 'unsubscribe', data: {}, id: 1 }, [error('invalid_request', 1, 'topic')]],
    ['a byte order mark in front', `\ufeff${JSON.stringify(ping(1))}`, [pong(1)]],
    [
      'keys of what is published',
      '{"event":"publish","id":1,"data":{"topic":"news","type":"t","data":{"a":1,"a":2,"__proto__":3}}}',
      [{ event: 'published', data: {}, id: 1 }],
    ],
    ['a close ends it', [ping(1), ping(2)], [pong(1)], 4503],
    ['nothing was asked', { event: 'pong', id: 1 }, []],
  ])('is no fault: %s', (...[, sent, frames, close]) => {
    expect(judged(sent, frames, close)).toBeUndefined();
  });
});
