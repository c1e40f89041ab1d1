import { describe, expect, it } from '@jest/globals';
import { type Draft, EMPTY_DRAFT, bodyOf, placeFaults } from './compose.js';

const draft = (news: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, to: 'alice', type: 'greeting', data: '{}', ...news });
const body = (news: Partial<Draft>) => bodyOf(draft(news));

describe('a composed notification', () => {
  it('has nothing in its body that was not said', () => {
    expect(body({})).toEqual({ body: { to: { user: 'alice' }, type: 'greeting', data: {} } });
  });

  it('has all that was said, in the units of the interface', () => {
    const said = {
      ack: 'all',
      ttl: '1.5',
      ttlUnit: 'h',
      delay: '90',
      delayUnit: 's',
      priority: 'high',
      maxAttempts: '3',
    };
    expect(body({ ...said, data: '[1]', collapseKey: ' k ', metadata: 'shop: eu-1\n\nurl=https://x/?a=b' })).toEqual({
      body: {
        to: { user: 'alice' },
        type: 'greeting',
        data: [1],
        ack: 'all',
        ttlMs: 5_400_000,
        delayMs: 90_000,
        priority: 'high',
        collapseKey: 'k',
        maxAttempts: 3,
        metadata: { shop: 'eu-1', url: 'https://x/?a=b' },
      },
    });
  });

  it.each([
    [{ kind: 'users', to: 'a, b c,,' }, { users: ['a', 'b', 'c'] }],
    [{ kind: 'topics', to: 'x\ny' }, { topics: ['x', 'y'] }],
    [{ kind: 'topic', to: 'orders.eu' }, { topic: 'orders.eu' }],
    [{ kind: 'all', to: 'whatever' }, { all: true }],
  ] as const)('goes to %j', (news, to) => {
    expect(body(news)).toMatchObject({ body: { to } });
  });

  it('is refused with every fault at its field', () => {
    const wrong = { to: '', type: ' ', data: '{\n"a" 1}', ttl: 'soon', maxAttempts: '1.5', metadata: 'a: b\nnonsense' };
    expect(body(wrong)).toEqual({
      faults: {
        to: 'is required',
        type: 'is required',
        data: 'line 2, column 5: a colon is missing',
        ttl: 'must be a number',
        maxAttempts: 'must be a whole number',
        metadata: 'line 2: must be name: value',
      },
    });
    expect(body({ to: 'a b' })).toEqual({ faults: { to: 'has several names; choose several users' } });
  });
});

describe('faults of the server', () => {
  it('stand at the fields of the form, the others beside it', () => {
    const errors = [
      { field: 'to.users[3]', message: 'must be a string' },
      { field: 'ttlMs', message: 'must be at most 1' },
      { field: 'deliverAt', message: 'must not be in the past' },
      { field: 'data', message: 'is required' },
      { field: 'escalate', message: 'is not available' },
    ];
    expect(placeFaults(errors)).toEqual({
      faults: {
        to: 'to.users[3] must be a string',
        ttl: 'must be at most 1',
        delay: 'must not be in the past',
        data: 'is required',
      },
      others: ['escalate is not available'],
    });
  });
});
