import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../src/errors.js';
import { type ClientRig, openRig, stopTime } from './support/client-rig.js';
import { note } from './support/scripted-server.js';

let rig: ClientRig;

beforeEach(() => {
  stopTime();
});

afterEach(async () => {
  await rig.client.close();
  jest.useRealTimers();
});

describe('several handlers', () => {
  it('all end before a notification comes again, for those that failed', async () => {
    rig = await openRig();
    const told: string[] = [];
    const slow = deferred<void>();
    rig.client.on('notification', () => {
      told.push('slow');
      return slow.promise;
    });
    rig.client.on('notification', ({ attempt }) => {
      told.push(`fails ${attempt}`);
      if (attempt === 1) throw new Error('no disk');
    });
    rig.server.socket.say('notification', note(1));
    await rig.pass(100);
    expect(rig.server.socket.sent('nack')).toEqual([]);
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(100);
    expect(told).toEqual(['slow', 'fails 1']);
    slow.resolve();
    await rig.pass(10);
    expect(rig.server.socket.sent('nack')).toEqual([{ topic: 'user:ann', offset: 1, reason: 'no disk' }]);
    expect(rig.codes).toEqual(['handler_failed']);
    rig.server.socket.say('notification', note(1, { attempt: 3 }));
    await rig.pass(10);
    expect(told).toEqual(['slow', 'fails 1', 'fails 3']);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });

  it('are each reported if they fail', async () => {
    rig = await openRig();
    for (const reason of ['a', 'b']) {
      rig.client.on('notification', () => Promise.reject(new Error(reason)));
    }
    rig.server.socket.say('notification', note(1));
    await rig.pass(10);
    expect(rig.errors.map(({ message }) => message)).toEqual(['a', 'b']);
    expect(rig.server.socket.sent('nack')).toHaveLength(1);
  });

  it('count as done if the failed ones have left', async () => {
    rig = await openRig();
    rig.client.on('notification', () => undefined);
    const off = rig.client.on('notification', () => Promise.reject(new Error('gone')));
    rig.server.socket.say('notification', note(1));
    await rig.pass(10);
    off();
    rig.server.socket.say('notification', note(1, { attempt: 2 }));
    await rig.pass(10);
    expect(rig.server.socket.sent('ack')).toEqual([{ topic: 'user:ann', offset: 1 }]);
  });
});
