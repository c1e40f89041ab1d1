import { Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { AckCollector } from './ack.collector.js';
import { AckHandler } from './ack.handler.js';
import { ConnectionRegistry } from './connection.registry.js';
import { ConnectionSweep } from './connection.sweep.js';
import { DeliverySpans } from './delivery.spans.js';
import { DrainService } from './drain.service.js';
import { FrameDispatcher } from './frame.dispatcher.js';
import { HandshakeService } from './handshake.service.js';
import { Hub } from './hub.js';
import { PushGateway } from './push.gateway.js';
import { RequestHandler } from './request.handler.js';
import { SessionBinder } from './session.binder.js';
import { TopicJoiner } from './topic.joiner.js';

/** Sockets: handshake, frames, windows, heartbeats, drain. Needs `NotificationModule` for what clients publish. */
@Module({
  imports: [RedisModule, TopicModule, SessionModule, QueueModule],
  providers: [
    PushGateway,
    HandshakeService,
    ConnectionRegistry,
    FrameDispatcher,
    RequestHandler,
    AckHandler,
    AckCollector,
    DeliverySpans,
    SessionBinder,
    TopicJoiner,
    Hub,
    ConnectionSweep,
    DrainService,
  ],
})
export class GatewayModule {}
