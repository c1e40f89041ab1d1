// Socket.IO configured against loss as its documentation recommends: the Redis streams adapter with
// connection state recovery.
import { createAdapter } from '@socket.io/redis-streams-adapter';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { z } from 'zod';
import { HEARTBEAT_MS } from '../heartbeat.js';
import { env, publishBody, ready } from './peer.js';

const RECOVERY_MS = 120_000;
const ACK_WAIT_MS = 10_000;

const auth = z.object({ user: z.string(), topic: z.string().optional() });

const fastify = Fastify();
const io = new Server(fastify.server, {
  adapter: createAdapter(new Redis(env.REDIS_URL)),
  connectionStateRecovery: { maxDisconnectionDuration: RECOVERY_MS, skipMiddlewares: true },
  transports: ['websocket'],
  pingInterval: HEARTBEAT_MS,
});

io.on('connection', (socket) => {
  const { user, topic } = auth.parse(socket.handshake.auth);
  void socket.join(topic === undefined ? [`user:${user}`] : [`user:${user}`, `topic:${topic}`]);
});

fastify.post('/publish', (request, reply) => {
  const { user, topic, data, ack } = publishBody.parse(request.body);
  if (topic !== undefined) io.to(`topic:${topic}`).emit('n', data);
  else if (ack) {
    io.to(`user:${user}`)
      .timeout(ACK_WAIT_MS)
      .emitWithAck('n', data)
      .catch(() => undefined);
  } else io.to(`user:${user}`).emit('n', data);
  void reply.code(202).send();
});

await fastify.listen({ port: env.PORT, host: '127.0.0.1' });
ready();
