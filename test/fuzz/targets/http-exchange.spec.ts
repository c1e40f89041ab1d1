import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { exchange } from './http-exchange.js';

describe('an exchange', () => {
  let close: () => void = () => undefined;

  /** Starts a server that answers every connection with a text. */
  const answering = async (answer: string): Promise<number> => {
    const server = createServer((socket) => socket.end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => server.close();
    return (server.address() as AddressInfo).port;
  };

  afterEach(() => close());

  it.each([
    ['by its length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 400 Bad Request\r\n\r\n', 200, '{}'],
    [
      'in chunks',
      'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n',
      404,
      '{}',
    ],
    ['behind a 100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 415 No\r\nContent-Length: 1\r\n\r\nx', 415, 'x'],
    ['that is none', 'not HTTP', 0, ''],
  ])('reads one answer %s', async (_, answer, status, body) => {
    const got = await exchange(await answering(answer), Buffer.from('x'), true);
    expect(got).toMatchObject({ status, body });
  });
});
