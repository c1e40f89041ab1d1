import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Postrider, type PostriderError, type PostriderOptions, type StateChange } from '@postrider/client';
import { WebSocket, WebSocketServer } from 'ws';

interface Refusal {
  status: number;
  retryAfter?: string;
  code?: string;
}

const WORDS = 'Come back later.';

let server: Server;
let client: Postrider;
/** Refusals of the next handshakes; later ones are accepted. */
let refusals: Refusal[];
const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'postrider.v1' });

const refuse = (socket: Socket, { status, retryAfter, code }: Refusal): void => {
  const body = code ? JSON.stringify({ code, detail: WORDS, retryable: true }) : '<h1>Bad gateway</h1>';
  const head = [`HTTP/1.1 ${status} Refused`, 'Connection: close', `Content-Length: ${body.length}`];
  if (retryAfter !== undefined) head.push(`Retry-After: ${retryAfter}`);
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

beforeEach(async () => {
  server = createServer();
  server.on('upgrade', (request, socket: Socket, head) => {
    const refusal = refusals.shift();
    if (refusal) return refuse(socket, refusal);
    return sockets.handleUpgrade(request, socket, head, (accepted) => {
      const limits = { heartbeatMs: 30_000, timeoutMs: 90_000, sessionTtlMs: 1e6, window: 64, maxFrameBytes: 65_536 };
      const data = { session: 's1', user: 'ann', node: 'n1', resumed: false, ...limits };
      accepted.once('message', () => accepted.send(JSON.stringify({ event: 'welcome', data })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await client.close();
  for (const socket of sockets.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** Connects. @returns the errors, and the states up to one of the given ones. */
const connect = async (
  until: readonly string[],
  options: Partial<PostriderOptions> = {},
): Promise<{ states: StateChange[]; errors: PostriderError[] }> => {
  const { port } = server.address() as AddressInfo;
  client = new Postrider({ url: `http://127.0.0.1:${port}`, token: () => 't', WebSocket, store: {}, ...options });
  const states: StateChange[] = [];
  const errors: PostriderError[] = [];
  client.on('error', (error) => errors.push(error));
  await new Promise<void>((resolve) => {
    client.on('state', (change) => {
      states.push(change);
      if (until.includes(change.state)) resolve();
    });
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { states, errors };
};

describe('a handshake that is refused in Node', () => {
  it.each([
    [429, 'too_many_connections'],
    [503, 'redis_unavailable'],
  ])("by %i is reported in the server's words, and sets the least wait", async (status, code) => {
    refusals = [{ status, retryAfter: '7', code }];
    const { states, errors } = await connect(['waiting', 'suspended', 'closed']);
    expect(states.at(-1)).toMatchObject({ state: 'waiting', reason: code });
    expect(states.at(-1)?.retryInMs).toBeGreaterThanOrEqual(7_000);
    expect(states.at(-1)?.retryInMs).toBeLessThanOrEqual(7_500);
    expect(errors).toEqual([expect.objectContaining({ code, message: WORDS, retryable: true, retryAfterMs: 7_000 })]);
  });

  it.each([429, 503])('by %i uses up no attempt, with and without Retry-After', async (status) => {
    const code = 'overloaded';
    refusals = Array.from({ length: 6 }, (_, n) => ({ status, code, ...(n % 2 === 0 && { retryAfter: '0' }) }));
    const { states } = await connect(['open', 'suspended', 'closed'], {
      backoff: { baseMs: 1, capMs: 2, maxTries: 1 },
    });
    expect(states.at(-1)?.state).toBe('open');
    expect(states.filter(({ state }) => state === 'waiting')).toHaveLength(6);
  });

  it("by a proxy's page is a failure of the network and uses up an attempt", async () => {
    refusals = Array.from({ length: 3 }, () => ({ status: 502 }));
    const { states, errors } = await connect(['open', 'suspended', 'closed'], {
      backoff: { baseMs: 1, capMs: 2, maxTries: 1 },
    });
    expect(states.at(-1)?.state).toBe('suspended');
    expect(errors).toEqual([expect.objectContaining({ code: 'unreachable', message: expect.stringContaining('502') })]);
  });
});
