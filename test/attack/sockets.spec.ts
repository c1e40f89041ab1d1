import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameSocket } from '../support/frame-socket.js';
import type { ErrorFrame } from '../support/frames.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { RawSocket, rawFrame, upgradeRequest } from '../support/raw-socket.js';
import { until } from '../support/wait.js';

const FRAMES_BURST = 200;

let rig: PostriderRig;
let others: FrameSocket;

beforeAll(async () => {
  rig = await PostriderRig.start({
    env: {
      WS_MAX_FRAME_BYTES: '65536',
      WS_FRAMES_PER_SECOND: '50',
      WS_FRAMES_BURST: String(FRAMES_BURST),
      WS_HANDSHAKE_TIMEOUT_MS: '1000',
      WS_HELLO_TIMEOUT_MS: '1000',
    },
  });
  others = await rig.socket('others');
  await others.welcome();
});

afterAll(() => rig?.close());

afterEach(async () => {
  // Whatever came, a well-behaved client is still served.
  expect(await others.request('ping', undefined, 'still here')).toMatchObject({ event: 'pong' });
  expect((await rig.rest().get('/health/ready')).status).toBe(200);
});

const limited = async (limit: string): Promise<number> => {
  const { body } = await rig.rest().get<string>('/metrics');
  return Number(new RegExp(`postrider_limited_total\\{limit="${limit}"\\} (\\d+)`).exec(body)?.[1] ?? 0);
};

async function rawWebSocket(user: string): Promise<RawSocket> {
  const socket = await RawSocket.open(rig.server().port);
  socket.send(upgradeRequest('/ws', { authorization: `Bearer ${await rig.tokens.sign(user)}` }));
  await until(() => socket.text.includes('"welcome"'));
  return socket;
}

/** Returns the code of the close frame in the text that a raw socket received. */
const closeCodeIn = (text: string): number | undefined => {
  const bytes = Buffer.from(text, 'latin1');
  const at = bytes.lastIndexOf(0x88);
  return at < 0 ? undefined : bytes.readUInt16BE(at + 2);
};

describe('a hostile socket', () => {
  const fragments = Buffer.concat([rawFrame(0x01, '{'), ...Array.from({ length: 2_000 }, () => rawFrame(0x00, ' '))]);
  const begun = rawFrame(0x81, 'x'.repeat(60_000));

  it.each<[string, Buffer, number]>([
    ['2,000 fragments of a byte', fragments, 1008],
    [
      'empty fragments without end',
      Buffer.concat([rawFrame(0x01), ...Array.from({ length: 2_000 }, () => rawFrame(0x00))]),
      1008,
    ],
    ['a frame of 70 KB', Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70, 0, 0, 0, 0])]), 1009],
    ['a frame of 2^63 bytes', Buffer.from([0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]), 1009],
    ['a frame without a mask', Buffer.from([0x81, 0x01, 0x61]), 1002],
    ['reserved bits', rawFrame(0xf1, 'a'), 1002],
    ['an unknown kind of frame', rawFrame(0x83, 'a'), 1002],
    ['a ping of 126 bytes', rawFrame(0x89, 'x'.repeat(126)), 1002],
    ['text that is no UTF-8', rawFrame(0x81, Buffer.from([0xff, 0xfe])), 1007],
    ['a compressed frame, which was not agreed on', rawFrame(0xc1, 'a'), 1002],
  ])('that sends %s is closed: %#', async (_, bytes, code) => {
    const socket = await rawWebSocket('mallory');
    socket.send(bytes);
    await until(() => closeCodeIn(socket.text) !== undefined);
    expect(closeCodeIn(socket.text)).toBe(code);
    socket.cut();
  });

  it('that sends a frame in more pieces than are kept is closed', async () => {
    const own = await PostriderRig.start({ env: { WS_MAX_BUFFERED_CHUNKS: '16' } });
    try {
      const socket = await RawSocket.open(own.server().port);
      socket.send(upgradeRequest('/ws', { authorization: `Bearer ${await own.tokens.sign('mallory')}` }));
      await until(() => socket.text.includes('"welcome"'));
      let sent = 0;
      await until(
        () => {
          socket.send(begun.subarray(sent, ++sent));
          return closeCodeIn(socket.text) !== undefined;
        },
        { everyMs: 1 },
      );
      expect(closeCodeIn(socket.text)).toBe(1008);
      socket.cut();
    } finally {
      await own.close();
    }
  });

  const flood: Record<string, (socket: FrameSocket) => void> = {
    frames: (socket) => socket.send('ping'),
    'frames of 10 KB': (socket) => socket.send('nothing', 'x'.repeat(10_000)),
    'acks of nothing': (socket) => socket.sendRaw('{"event":"ack","data":{"topic":"none","offset":1}}'),
    pings: (socket) => socket.socket.ping(),
    pongs: (socket) => socket.socket.pong(),
  };

  it.each(Object.keys(flood))(
    'that floods the server with %s is warned, slowed down, and closed with 4429',
    async (kind) => {
      const socket = await rig.socket('mallory');
      await socket.welcome();
      const before = await limited('frames');
      const refusals = (): ErrorFrame[] =>
        socket.all<ErrorFrame>('error').filter(({ code }) => code === 'rate_limited');
      // A pause lasts until the excess of one read is worked off, so more is sent only after the
      // last pause was reported.
      for (const strike of [0, 1, 2]) {
        await until(() => refusals().length === strike);
        for (let i = 0; i < 3 * FRAMES_BURST; i++) flood[kind]?.(socket);
      }
      expect(await socket.ending()).toEqual({ code: 4429, reason: 'rate_limited' });
      const told = refusals();
      expect(told).toHaveLength(2);
      expect(told[0]).toMatchObject({ retryable: true });
      expect(socket.all('goodbye')).toEqual([expect.objectContaining({ code: 4429, reconnect: true })]);
      expect((await limited('frames')) - before).toBe(3);
    },
  );

  it('that was slowed down once gets all its frames answered', async () => {
    const socket = await rig.socket('hasty');
    await socket.welcome();
    const count = FRAMES_BURST + 40;
    for (let id = 1; id <= count; id++) socket.send('ping', undefined, id);
    await until(() => socket.frames.filter(({ event }) => event === 'pong').length === count);
    expect(socket.closeCode).toBeUndefined();
    socket.close();
  });

  it('that never identifies itself is closed', async () => {
    const socket = await rig.bareSocket();
    expect(await socket.ending()).toMatchObject({ code: 4401 });
  });
});

describe('a hostile handshake', () => {
  it.each<[string, Record<string, string>, string, number]>([
    ['of a foreign Origin', { origin: 'https://evil.example' }, '/ws', 403],
    ['of the Origin null', { origin: 'null' }, '/ws', 403],
    ['of an Origin that begins as ours', { origin: 'http://localhost.evil.example', host: 'localhost' }, '/ws', 403],
    ['at another path', {}, '/other', 404],
    ['at a path that leads elsewhere', {}, '/ws/../console', 404],
    ['with a URL that is none', {}, '//', 400],
    ['with an old version', { 'sec-websocket-version': '7' }, '/ws', 400],
    ['with a key that is none', { 'sec-websocket-key': 'x' }, '/ws', 400],
    ['with a token in two places', { authorization: 'Basic YTpi' }, '/ws', 401],
    ['with two protocols that are the same', { 'sec-websocket-protocol': 'postrider.v1, postrider.v1' }, '/ws', 400],
    ['with a header of 17 KB', { 'x-long': 'a'.repeat(17_000) }, '/ws', 431],
  ])('%s is refused: %#', async (_, headers, path, status) => {
    const answer = await RawSocket.exchange(rig.server().port, upgradeRequest(path, headers));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('that is cut off leaves nothing behind', async () => {
    const token = await rig.tokens.sign('mallory');
    for (let i = 0; i < 200; i++) {
      const socket = await RawSocket.open(rig.server().port);
      socket.send(upgradeRequest('/ws', { authorization: `Bearer ${token}` }));
      socket.cut();
    }
    await until(async () => /postrider_connections 1\n/.test((await rig.rest().get<string>('/metrics')).body));
  });
});

describe('ws', () => {
  const require = createRequire(import.meta.url);
  const versionOf = (path: string): number[] =>
    (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version.split('.').map(Number);

  it('is newer than the flood of fragments (CVE-2026-48779), and is installed once', () => {
    const [major = 0, minor = 0] = versionOf(require.resolve('ws/package.json'));
    expect(major * 1_000 + minor).toBeGreaterThanOrEqual(8_021);
    const platform = createRequire(require.resolve('@nestjs/platform-ws'));
    expect(platform.resolve('ws')).toBe(require.resolve('ws'));
  });
});
