import { describe, expect, it } from '@jest/globals';
import { ALL_TOPIC, isTopicName, isUserId, parseTopic, sessionTopic, userTopic } from './topic-name.js';

describe('parseTopic', () => {
  it.each([
    ['user:alice', { kind: 'user', id: 'alice' }],
    ['user:a:b', { kind: 'user', id: 'a:b' }],
    ['user:-~=+|@', { kind: 'user', id: '-~=+|@' }],
    ['session:k3', { kind: 'session', id: 'k3' }],
    ['all', { kind: 'all' }],
    ['all.staff', { kind: 'named' }],
    ['users:1', { kind: 'named' }],
    ['user', { kind: 'named' }],
    ['orders.eu', { kind: 'named' }],
    ['7', { kind: 'named' }],
    ['x'.repeat(200), { kind: 'named' }],
    [`user:${'x'.repeat(128)}`, { kind: 'user', id: 'x'.repeat(128) }],
  ])('reads %s', (name, expected) => {
    expect(parseTopic(name)).toEqual(expected);
    expect(isTopicName(name)).toBe(true);
  });

  it.each([
    '',
    'user:',
    'session:',
    '.orders',
    ':x',
    'a b',
    'a{1}',
    'ä',
    'a\n',
    'a/b',
    'a*',
    'x'.repeat(201),
    `user:${'x'.repeat(129)}`,
  ])('refuses %j', (name) => {
    expect(parseTopic(name)).toBeUndefined();
    expect(isTopicName(name)).toBe(false);
  });

  it('parses the names that userTopic and sessionTopic build', () => {
    expect(parseTopic(userTopic('a|b'))).toEqual({ kind: 'user', id: 'a|b' });
    expect(parseTopic(sessionTopic('s1'))).toEqual({ kind: 'session', id: 's1' });
    expect(parseTopic(ALL_TOPIC)).toEqual({ kind: 'all' });
  });
});

describe('isUserId', () => {
  it.each(['a', '.', 'auth0|5f7c8', 'a@b.example', 'x'.repeat(128)])('accepts %s', (id) =>
    expect(isUserId(id)).toBe(true),
  );
  it.each(['', 'a b', 'a,b', 'é', 'a\u0000', 'x'.repeat(129)])('refuses %j', (id) => expect(isUserId(id)).toBe(false));
});
