import { describe, expect, it } from '@jest/globals';
import { readJson, writeJson } from './exact-json.js';

describe('JSON in the console', () => {
  it.each(['9007199254740993', '-0.0', '1.10', '1e400', '{"id":12345678901234567890,"x":[1.0,2]}', '"1.0"', 'null'])(
    'writes what it read: %s',
    (text) => expect(writeJson(readJson(text))).toBe(text),
  );

  it('has plain numbers if they keep their text', () => {
    expect(readJson('{"offset":3,"share":0.5}')).toEqual({ offset: 3, share: 0.5 });
  });

  it('takes the last value of a repeated key, as JavaScript does', () => {
    expect(readJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it('is broken over lines for people', () => {
    expect(writeJson(readJson('{"id":1.0}'), 2)).toBe('{\n  "id": 1.0\n}');
  });
});
