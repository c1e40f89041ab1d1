// Program that handles notifications and kills itself right before one of its ack frames is sent.
// By then, its files hold the handled notifications, but the server does not know of them. argv:
// url, token, folder, number of the ack frame before which it dies (0: never).
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { FileStore } from '../../clients/js/dist/esm/file-store.js';
import { Postrider } from '../../clients/js/dist/postrider.js';

const [url, token, folder, lastAck] = process.argv.slice(2);
let acks = 0;
let handled = 0;
let written = 0;

class CountingStore extends FileStore {
  async add(user, ids) {
    await super.add(user, ids);
    written += ids.length;
  }
}

const client = new Postrider({
  url,
  token: () => token,
  WebSocket,
  store: new CountingStore(folder),
  onFrame: (direction, { event }) => {
    if (direction !== 'out' || event !== 'ack' || lastAck === '0') return;
    if (++acks >= Number(lastAck) && handled === written) process.kill(process.pid, 'SIGKILL');
  },
});
client.on('notification', ({ data }) => {
  handled += 1;
  appendFileSync(join(folder, 'handled'), `${JSON.stringify(data)}\n`);
});
