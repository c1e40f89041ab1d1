import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

const TIMES = 50;
const POST = 'POST /v1/notifications HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
const SUBSCRIBE = Buffer.from('{"event":"subscribe","id":1,"data":{"topic":"public.x"}}');
/** Creates a text frame with a mask of zeros. */
const frame = (text: Buffer): Buffer => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);

describe('a connection that is reset', () => {
  let rig: PostriderRig;
  let upgrade: string;

  beforeAll(async () => {
    rig = await PostriderRig.start();
    const token = await rig.tokens.sign('mallory', { topics: ['*'] });
    const headers = [
      'host: a',
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `authorization: Bearer ${token}`,
    ];
    upgrade = `GET /ws HTTP/1.1\r\n${headers.join('\r\n')}\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  });

  afterAll(() => rig?.close());

  /** Sends bytes, waits for an answer if requested, and cuts the connection with a reset. */
  const sendAndReset = async (bytes: readonly (string | Buffer)[], waits: boolean): Promise<void> => {
    const socket = connect(rig.server().port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    for (const part of bytes) {
      await new Promise((resolve) => socket.write(part, resolve));
      if (waits && part === bytes[0]) await once(socket, 'data');
    }
    socket.resetAndDestroy();
  };

  it.each<[when: string, bytes: () => (string | Buffer)[], waits: boolean]>([
    ['in the middle of the head of an upgrade', () => [upgrade.slice(0, 80)], false],
    ['while its token is checked', () => [upgrade], false],
    ['right behind the 101', () => [upgrade], true],
    ['in the middle of a frame', () => [upgrade, frame(SUBSCRIBE).subarray(0, 20)], true],
    ['while its subscribe is under way', () => [upgrade, frame(SUBSCRIBE)], true],
    [
      'with a frame behind the upgrade that nobody has answered',
      () => [Buffer.concat([Buffer.from(upgrade), frame(SUBSCRIBE)])],
      false,
    ],
    ['in the middle of a body', () => [`${POST}content-length: 100\r\n\r\n{"to":`], false],
    ['in the middle of a chunk', () => [`${POST}transfer-encoding: chunked\r\n\r\nff\r\n{`], false],
    ['while a long answer is written', () => ['GET /docs/json HTTP/1.1\r\nhost: a\r\n\r\n'], false],
  ])('%s, fifty times: nothing is left of it, and everybody else is served', async (_, bytes, waits) => {
    const friend = await rig.socket('friend');
    await friend.subscribed('user:friend');
    await Promise.all(Array.from({ length: TIMES }, () => sendAndReset(bytes(), waits)));
    const { id } = await rig.rest().notify({ to: { user: 'friend' }, type: 't', data: 1 });
    expect((await friend.next<{ id: string }>('notification', ({ data }) => data.id === id)).data.id).toBe(id);
    await until(async () => (await rig.rest().metric('postrider_connections')) === 1, {
      what: 'one connection is left',
    });
    expect(rig.server().exit).toBeUndefined();
    expect(rig.server().log.filter((line) => /"level":(50|60|"error"|"fatal")|[Uu]nhandled/.test(line))).toEqual([]);
    friend.close();
    await friend.closed;
  });
});
