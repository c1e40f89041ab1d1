import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const FIRST = 20_000;
const BLOCK = 1_000;
const BLOCKS = 10;

/**
 * First port of this worker's block. Test files that run in parallel use separate blocks, because a
 * port may be taken long after it was found free.
 */
const block = FIRST + (Number(process.env['JEST_WORKER_ID'] ?? 0) % BLOCKS) * BLOCK;
let next = randomInt(BLOCK);

/**
 * Finds a free loopback port below the ephemeral range: a killed server finds it free again, and a
 * client that dials it in the meantime cannot get the same source port and connect to itself.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < BLOCK; tries += 1) {
    const port = block + next;
    next = (next + 1) % BLOCK;
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${block} and ${block + BLOCK - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
