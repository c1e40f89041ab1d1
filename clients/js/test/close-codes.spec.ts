import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CLOSE_CODES } from '../../../src/contract/close-codes.js';
import { type ClientRig, openRig, stopTime } from './support/client-rig.js';

let rig: ClientRig;

beforeEach(stopTime);

afterEach(async () => {
  await rig.client.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('the client', () => {
  // 1000 answers a client that closed the connection itself.
  const codes = Object.entries(CLOSE_CODES).map(([code, { reconnect }]) => ({ code: Number(code), reconnect }));
  it.each(codes.filter(({ code }) => code !== 1000))(
    'follows the contract after close code $code',
    async ({ code, reconnect }) => {
      rig = await openRig();
      rig.server.socket.end(code);
      await rig.pass(60_000);
      expect(rig.client.state).toBe(reconnect ? 'open' : 'closed');
    },
  );
});
