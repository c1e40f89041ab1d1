import { describe, expect, it } from '@jest/globals';
import { deadLettersQuery, historyQuery, receiptsQuery } from './query.schema.js';

describe('historyQuery', () => {
  it('accepts `cursor` in place of `from`', () => {
    expect(historyQuery.parse({})).toEqual({ limit: 100 });
    expect(historyQuery.parse({ from: '7', limit: '2' })).toEqual({ from: 7, limit: 2 });
    expect(historyQuery.parse({ cursor: '9' })).toEqual({ cursor: 9, limit: 100 });
  });

  it.each([{ from: '-1' }, { from: 'x' }, { from: '1.5' }, { cursor: 'x' }, { form: '1' }])('refuses %j', (query) =>
    expect(historyQuery.safeParse(query).success).toBe(false),
  );
});

describe('receiptsQuery', () => {
  it.each(['acked', 'pending'])('accepts state=%s', (state) =>
    expect(receiptsQuery.parse({ state })).toEqual({ state, limit: 100 }),
  );
  it.each([{ state: 'all' }, { stat: 'acked' }])('refuses %j', (query) =>
    expect(receiptsQuery.safeParse(query).success).toBe(false),
  );
});

describe('deadLettersQuery', () => {
  it('accepts filters and a cursor', () => {
    const query = { topic: 'user:a', reason: 'attempts', cursor: 'abc' };
    expect(deadLettersQuery.parse(query)).toEqual({ ...query, limit: 100 });
  });
});
