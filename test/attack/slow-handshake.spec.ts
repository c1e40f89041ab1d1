import { expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Authenticator, type Identity } from '../../src/index.js';
import { AppRig } from '../support/app-rig.js';
import { FrameSocket } from '../support/frame-socket.js';

/** Directory that never answers. */
@Injectable()
class Hanging extends Authenticator {
  override authenticate(): Promise<Identity> {
    return new Promise(() => undefined);
  }
}

it('a handshake whose token cannot be checked is answered 503 in time, and its place is free again', async () => {
  const rig = await AppRig.start({
    env: { WS_HANDSHAKE_TIMEOUT_MS: '200', WS_MAX_CONNECTIONS: '1' },
    extensions: { authenticator: Hanging },
  });
  try {
    const url = `${rig.url.replace('http', 'ws')}/ws`;
    for (let i = 0; i < 2; i++) {
      const refused = await FrameSocket.open(url, { token: 'any' }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ status: 503, body: expect.stringContaining('"code":"overloaded"') });
    }
  } finally {
    await rig.close();
  }
});
