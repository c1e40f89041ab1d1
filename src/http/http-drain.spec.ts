import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { HttpDrain } from './http-drain.js';

const REQUEST = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';

describe('the drain of an HTTP server', () => {
  let server: FastifyInstance;
  let drain: HttpDrain;
  let client: Socket;
  let received: string;

  beforeEach(async () => {
    server = fastify();
    drain = new HttpDrain(server, [server.server]);
    server.get('/', () => 'served');
    await server.listen({ port: 0, host: '127.0.0.1' });
    client = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    received = '';
    client.on('data', (chunk: Buffer) => (received += chunk.toString()));
    client.on('error', () => undefined);
    client.write(REQUEST);
    await once(client, 'data');
    expect(received).toContain('served');
    received = '';
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  it('answers a request that arrived on an open connection while the process was stalled', async () => {
    const ended = drain.end();
    await turn();
    await turn();
    client.write(REQUEST);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_000);
    await ended;
    const closed = once(client, 'close');
    await server.close();
    await closed;
    expect(received).toContain('served');
    expect(received.toLowerCase()).toContain('connection: close');
  });

  it('asks clients to leave as soon as connections are refused', async () => {
    drain.refuse();
    client.write(REQUEST);
    await once(client, 'data');
    expect(received.toLowerCase()).toContain('connection: close');
  });

  it('ends even if a connection stays idle', async () => {
    await drain.end();
    const closed = once(client, 'close');
    await server.close();
    await closed;
    expect(received).toBe('');
  });
});
