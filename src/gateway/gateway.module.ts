import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { AckCollector } from './ack.collector.js';
import { AckHandler } from './ack.handler.js';
import { ArrivalClock } from './arrival.clock.js';
import { ConnectionRegistry } from './connection.registry.js';
import { ConnectionSweep } from './connection.sweep.js';
import { DeliverySpans } from './delivery.spans.js';
import { DrainService } from './drain.service.js';
import { FrameDispatcher } from './frame.dispatcher.js';
import { FrameThrottle } from './frame.throttle.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { HandshakeService } from './handshake.service.js';
import { Hub } from './hub.js';
import { NackCollector } from './nack.collector.js';
import { OriginGate } from './origin.gate.js';
import { PushGateway } from './push.gateway.js';
import { RequestHandler } from './request.handler.js';
import { SessionBinder } from './session.binder.js';
import { SessionLimit } from './session.limit.js';
import { TokenGate } from './token.gate.js';
import { TopicJoiner } from './topic.joiner.js';
import { WhyRoute } from './why.route.js';

/** Sockets: handshake, frames, windows, heartbeats, drain. Needs `NotificationModule` for what clients publish. */
@Module({
  imports: [RedisModule, TopicModule, SessionModule, QueueModule, LimitsModule],
  providers: [
    PushGateway,
    HandshakeService,
    OriginGate,
    WhyRoute,
    TokenGate,
    ArrivalClock,
    ConnectionRegistry,
    FrameDispatcher,
    FrameThrottle,
    RequestHandler,
    AckHandler,
    AckCollector,
    NackCollector,
    DeliverySpans,
    SessionBinder,
    SessionLimit,
    TopicJoiner,
    Hub,
    ConnectionSweep,
    DrainService,
    GatewayMetrics,
  ],
})
export class GatewayModule {}
