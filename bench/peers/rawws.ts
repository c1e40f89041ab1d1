// Upper bound of `ws` and node:http: nothing is stored, and a frame is built once for all
// receivers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { textFrame } from '../../src/gateway/frame-codec.js';
import { HEARTBEAT_MS } from '../heartbeat.js';
import { env, publishBody, ready, receiverOf, Rooms } from './peer.js';

/** Keep-alive time of Fastify, which the other systems use. */
const KEEP_ALIVE_MS = 72_000;

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const receivers = new Rooms<Duplex>();
const alive = new WeakSet<WebSocket>();
let acks = 0;

const server = createServer((request, response) => {
  if (request.method === 'POST') take(request, response);
  else response.end(JSON.stringify({ acks }));
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.on('upgrade', (request, stream, head) =>
  sockets.handleUpgrade(request, stream, head, (socket) => join(request, stream, socket)),
);
server.listen(env.PORT, '127.0.0.1', ready);

setInterval(() => {
  for (const socket of sockets.clients) {
    if (!alive.delete(socket)) socket.terminate();
    else socket.ping();
  }
}, HEARTBEAT_MS);

function join(request: IncomingMessage, stream: Duplex, socket: WebSocket): void {
  const { user, topic } = receiverOf(request.url);
  const rooms = [`user:${user}`, ...(topic === undefined ? [] : [`topic:${topic}`])];
  for (const room of rooms) receivers.join(room, stream);
  alive.add(socket);
  socket.on('pong', () => alive.add(socket));
  socket.on('message', () => (acks += 1));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    for (const room of rooms) receivers.leave(room, stream);
  });
}

function take(request: IncomingMessage, response: ServerResponse): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (part: string) => (text += part));
  request.on('end', () => {
    const { user, topic, data } = publishBody.parse(JSON.parse(text));
    const frame = textFrame(JSON.stringify({ event: 'n', data }));
    for (const stream of receivers.of(topic === undefined ? `user:${user}` : `topic:${topic}`)) stream.write(frame);
    response.writeHead(202).end();
  });
}
