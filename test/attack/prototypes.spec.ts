import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';

const KEYS = [
  '{"__proto__":{"planted":1}}',
  '{"constructor":{"prototype":{"planted":1}}}',
  '{"a":{"__proto__":{"planted":1}}}',
];
const FRAMES = (key: string): string[] => [
  key.replace('{', '{"event":"ping","id":1,'),
  `{"event":"subscribe","id":1,"data":${key.replace('{', '{"topic":"public.x",')}}`,
  `{"event":"presence","id":1,"data":${key.replace('{', '{"topic":"public.x",')}}`,
  `{"event":"publish","id":1,"data":{"topic":"public.x","type":"t","data":${key}}}`,
  `{"event":"hello","id":1,"data":{"client":${key}}}`,
];

/** The server runs in the test's process, so that a changed prototype would show here. */
describe('keys that reach for a prototype', () => {
  let rig: AppRig;
  let socket: FrameSocket;

  beforeAll(async () => {
    rig = await AppRig.start();
    socket = await rig.socket('mallory');
  });

  afterAll(() => rig?.close());

  it.each(KEYS)('in frames do nothing, or are refused in a field of ours: %s', async (key) => {
    for (const frame of FRAMES(key)) {
      const isOurs = key.includes('__proto__') && !frame.includes('publish');
      socket.sendRaw(frame);
      if (isOurs) expect((await socket.next('error')).data).toMatchObject({ code: 'malformed_frame' });
      else expect((await socket.answer(1)).event).not.toBe('error');
    }
    socket.send('ping', undefined, 'whole');
    await socket.answer('whole');
    expect(({} as Record<string, unknown>)['planted']).toBeUndefined();
  });

  it.each(KEYS)('in the data of a body or a frame are carried unchanged: %s', async (key) => {
    const raw = `{"to":{"user":"a"},"type":"t","data":${key}}`;
    expect((await rig.rest.call('POST', '/v1/notifications', { raw })).status).toBe(202);
    expect(({} as Record<string, unknown>)['planted']).toBeUndefined();
  });

  it.each(KEYS)('in the rest of a body are refused with 400: %s', async (key) => {
    for (const raw of [key, `{"to":{"user":"a"},"type":"t","data":1,"metadata":${key}}`]) {
      expect((await rig.rest.call('POST', '/v1/notifications', { raw })).status).toBe(400);
    }
    expect(({} as Record<string, unknown>)['planted']).toBeUndefined();
  });

  it('in a query do nothing', async () => {
    for (const query of ['__proto__[planted]=1', '__proto__.planted=1', 'constructor[prototype][planted]=1']) {
      expect((await rig.rest.get(`/v1/dead-letters?${query}`)).status).toBe(400);
    }
    expect(({} as Record<string, unknown>)['planted']).toBeUndefined();
  });
});
