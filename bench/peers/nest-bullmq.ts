// Typical solution of a team with Nest, BullMQ and a gateway: one job per message, retried until it
// is acknowledged.
import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { BullModule, InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Body, Controller, HttpCode, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Job, Queue } from 'bullmq';
import type { WebSocket } from 'ws';
import { HEARTBEAT_MS } from '../heartbeat.js';
import { env, type PublishBody, publishBody, ready, receiverOf, Rooms } from './peer.js';

const QUEUE = 'deliveries';
const CONCURRENCY = 100;
const ACK_WAIT_MS = 1_000;
const RETRY = { attempts: 100, backoff: { type: 'fixed', delay: 1_000 }, removeOnComplete: true };

@WebSocketGateway()
class Gateway implements OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket> {
  private readonly receivers = new Rooms<WebSocket>();
  private readonly rooms = new Map<WebSocket, string[]>();
  private readonly awaited = new Map<string, () => void>();

  constructor() {
    setInterval(() => {
      for (const socket of this.rooms.keys()) socket.ping();
    }, HEARTBEAT_MS);
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const { user, topic } = receiverOf(request.url);
    const rooms = topic === undefined ? [`user:${user}`] : [`user:${user}`, `topic:${topic}`];
    this.rooms.set(socket, rooms);
    for (const room of rooms) this.receivers.join(room, socket);
  }

  handleDisconnect(socket: WebSocket): void {
    for (const room of this.rooms.get(socket) ?? []) this.receivers.leave(room, socket);
    this.rooms.delete(socket);
  }

  @SubscribeMessage('ack')
  acknowledge(@MessageBody() job: string): void {
    this.awaited.get(job)?.();
  }

  emit(room: string, data: object): void {
    const text = JSON.stringify({ event: 'n', data });
    for (const socket of this.receivers.of(room)) socket.send(text);
  }

  /** @throws Error if nobody acknowledges it in time. */
  async emitAcknowledged(room: string, job: string, data: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const acknowledged = new Promise<void>((resolve, reject) => {
      this.awaited.set(job, resolve);
      timer = setTimeout(reject, ACK_WAIT_MS, new Error('not acknowledged'));
    });
    try {
      this.emit(room, { job, data });
      await acknowledged;
    } finally {
      clearTimeout(timer);
      this.awaited.delete(job);
    }
  }
}

@Processor(QUEUE, { concurrency: CONCURRENCY })
class Deliveries extends WorkerHost {
  constructor(@Inject(Gateway) private readonly gateway: Gateway) {
    super();
  }

  async process({ id = '', data: { user, topic, data } }: Job<PublishBody>): Promise<void> {
    if (topic !== undefined) this.gateway.emit(`topic:${topic}`, { data });
    else await this.gateway.emitAcknowledged(`user:${user}`, id, data);
  }
}

@Controller()
class PublishController {
  constructor(@InjectQueue(QUEUE) private readonly queue: Queue<PublishBody>) {}

  @Post('publish')
  @HttpCode(202)
  async publish(@Body() body: unknown): Promise<void> {
    await this.queue.add('deliver', publishBody.parse(body), RETRY);
  }
}

@Module({
  imports: [BullModule.forRoot({ connection: { url: env.REDIS_URL } }), BullModule.registerQueue({ name: QUEUE })],
  controllers: [PublishController],
  providers: [Gateway, Deliveries],
})
class PeerModule {}

const app = await NestFactory.create<NestFastifyApplication>(PeerModule, new FastifyAdapter(), { logger: ['error'] });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(env.PORT, '127.0.0.1');
ready();
