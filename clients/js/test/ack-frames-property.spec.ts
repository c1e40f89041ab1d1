import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type ClientRig, openRig, stopTime } from './support/client-rig.js';
import { note } from './support/scripted-server.js';

let rig: ClientRig;

beforeEach(stopTime);

afterEach(() => {
  jest.useRealTimers();
});

const traceOf = (n: number): string => `00-${String(n).padStart(32, '0')}-${'b'.repeat(16)}-01`;

describe('acks', () => {
  it("fit into the server's messages and leave nothing out", async () => {
    const cases = fc.record({
      maxFrameBytes: fc.integer({ min: 1_024, max: 40_000 }),
      topic: fc.integer({ min: 1, max: 200 }).map((length) => 't'.repeat(length)),
      count: fc.integer({ min: 1, max: 1_500 }),
      traces: fc.integer({ min: 0, max: 20 }),
      base: fc.constantFrom(0, 999_000_000_000),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ maxFrameBytes, topic, count, traces, base }) => {
        rig = await openRig({ ack: 'manual', ackDelayMs: 50 });
        rig.server.welcome.maxFrameBytes = maxFrameBytes;
        rig.client.reconnect();
        await rig.pass();
        const { socket } = rig.server;
        rig.server.scripts.set('subscribe', ({ id }) =>
          socket.say('subscribed', { topic, epoch: 'e1', offset: base, cursor: base, recovered: true }, id),
        );
        // The first one stays open, so everything after it is acknowledged by its own offset.
        await rig.client.subscribe(topic, (message) => void (message.offset > base + 1 && message.ack()));
        for (let n = 1; n <= count; n++) {
          const traceparent = n > 1 && n <= traces ? traceOf(n) : undefined;
          socket.say('notification', note(base + n, { topic, id: `n${n}`, traceparent }));
        }
        await rig.pass(1_000);
        const sizes = socket.messages.map((text) => Buffer.byteLength(text));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(maxFrameBytes);
        const acked = new Set(socket.sent('ack').flatMap(({ offsets }) => offsets as number[]));
        expect(acked.size).toBe(count - 1);
        expect(rig.codes).toEqual([]);
        await rig.client.close();
      }),
      { numRuns: 40 },
    );
  });
});
