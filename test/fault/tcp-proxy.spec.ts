import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/wait.js';
import { TcpProxy } from './tcp-proxy.js';

describe('TcpProxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start({ port: (echo.address() as AddressInfo).port });
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.stop();
  });

  afterAll(() => void echo.close());

  /** Opens a connection through the proxy and collects the answers. */
  async function dial(greeting = 'hello'): Promise<{ socket: Socket; said: () => string; failed: () => string }> {
    const socket = connect(proxy.port, '127.0.0.1');
    sockets.push(socket);
    let heard = '';
    let failure = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? ''));
    socket.write(greeting);
    const said = (): string => heard;
    await until(() => said() === greeting);
    return { socket, said, failed: () => failure };
  }

  it('forwards both ways, and the end of the stream too', async () => {
    const { socket, said } = await dial();
    socket.end(' and goodbye');
    await once(socket, 'close');
    expect(said()).toBe('hello and goodbye');
    await until(() => proxy.connections === 0);
  });

  it('delays each way and keeps the order, whatever the jitter', async () => {
    const { socket, said } = await dial('');
    proxy.set({ delayMs: 50, jitterMs: 40 });
    const started = performance.now();
    const letters = [...'abcdefghij'];
    for (const letter of letters) {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => said().length === letters.length);
    expect(said()).toBe(letters.join(''));
    expect(performance.now() - started).toBeGreaterThanOrEqual(20);
  });

  it('holds one direction and loses nothing of it', async () => {
    const { socket, said } = await dial();
    proxy.set({ silent: ['down'], only: 'hello' });
    socket.write(' again');
    await dial('of another kind');
    expect(said()).toBe('hello');
    proxy.set({});
    await until(() => said() === 'hello again');
  });

  it('resets only the connections that sent a given word', async () => {
    const [named, unnamed] = [await dial('I am the subscriber'), await dial('I am not')];
    expect(proxy.reset(1, 'subscriber')).toBe(1);
    await until(() => named.failed() === 'ECONNRESET');
    unnamed.socket.write('!');
    await until(() => unnamed.said() === 'I am not!');
  });

  it('resets new connections while it refuses', async () => {
    proxy.set({ refusing: true });
    const socket = connect(proxy.port, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    proxy.set({});
    await dial();
  });
});
