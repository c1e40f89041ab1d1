import type { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as ws from 'ws';
import { encodeEntry, innerOf } from '../topic/entry-codec.js';
import { eventText, notificationText, textFrame } from './frame-codec.js';

/** Exported by `ws`, but missing in its types. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** Messages that a client reads from these bytes. */
function received(bytes: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const texts: string[] = [];
    const receiver = new Receiver({ isServer: false });
    receiver.on('message', (data: Buffer, isBinary: boolean) => texts.push(isBinary ? 'binary' : data.toString()));
    receiver.on('error', reject);
    receiver.on('finish', () => resolve(texts));
    receiver.end(bytes);
  });
}

describe('text frames', () => {
  it.each([0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537])('of %i bytes are complete', async (length) => {
    const text = 'x'.repeat(length);
    expect(await received(textFrame(text))).toEqual([text]);
  });

  it('carry any text, one after another', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, async (sent) => {
        expect(await received(Buffer.concat(sent.map(textFrame)))).toEqual(sent);
      }),
    );
  });
});

describe('texts', () => {
  it('of events are JSON with exactly the given fields', () => {
    expect(JSON.parse(eventText('pong', undefined))).toEqual({ event: 'pong' });
    expect(JSON.parse(eventText('acked', { topic: 'a' }, 0))).toEqual({ event: 'acked', data: { topic: 'a' }, id: 0 });
  });

  it('of notifications carry the stored text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.nat(), fc.nat(), (data, type, offset, attempt) => {
        const id = 's00000000000000000000';
        const inner = JSON.stringify({ type, data }).slice(1, -1);
        const entry = encodeEntry({ id, policy: 'any', expiresAtMs: 1, atMs: 2, body: inner }, '00000000');
        const text = notificationText('public.news', offset, 'e1', attempt, innerOf(entry));
        const times = { at: '1970-01-01T00:00:00.002Z', expiresAt: '1970-01-01T00:00:00.001Z' };
        const expected = { topic: 'public.news', offset, epoch: 'e1', id, type, data, ...times, attempt };
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ event: 'notification', data: expected })));
      }),
    );
  });
});
