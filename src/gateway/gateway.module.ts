import { Module } from '@nestjs/common';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { HttpModule } from '../http/http.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { PublishModule } from '../publish/publish.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { SessionModule } from '../session/session.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { AckHandler } from './ack-handler.js';
import { AddressedSessions } from './addressed-sessions.js';
import { ArrivalClock } from './arrival-clock.js';
import { ConnectionRegistry } from './connection-registry.js';
import { DrainService } from './drain.service.js';
import { FrameDispatcher } from './frame-dispatcher.js';
import { FrameJournal } from './frame-journal.js';
import { FrameThrottle } from './frame-throttle.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { Greeter } from './greeter.js';
import { HandshakeGate } from './handshake-gate.js';
import { HandshakeService } from './handshake.service.js';
import { Heartbeat } from './heartbeat.js';
import { OriginGate } from './origin-gate.js';
import { PushGateway } from './push.gateway.js';
import { RequestTable } from './request-table.js';
import { SessionBinder } from './session-binder.js';
import { SessionLimit } from './session-limit.js';
import { SessionReclaimer } from './session-reclaimer.js';
import { SessionRequests } from './session-requests.js';
import { SessionSaver } from './session-saver.js';
import { SessionUpkeep } from './session-upkeep.js';
import { SessionWatch } from './session-watch.js';
import { TokenGate } from './token-gate.js';
import { TopicAccess } from './topic-access.js';
import { TopicRequests } from './topic-requests.js';
import { WhyRoute } from './why-route.js';

const HANDSHAKE = [HandshakeService, HandshakeGate, OriginGate, TokenGate, ArrivalClock, WhyRoute];
const FRAMES = [FrameDispatcher, FrameJournal, FrameThrottle, RequestTable, SessionRequests, TopicRequests, AckHandler];
const SESSIONS = [
  SessionBinder,
  SessionSaver,
  SessionReclaimer,
  SessionWatch,
  SessionUpkeep,
  SessionLimit,
  AddressedSessions,
  Greeter,
  TopicAccess,
];
const SOCKETS = [PushGateway, ConnectionRegistry, Heartbeat, DrainService, GatewayMetrics];

/** Role `gateway`: sockets, from the handshake to the drain. */
@Module({
  imports: [
    RedisModule,
    TopicModule,
    SessionModule,
    DeliveryModule,
    PublishModule,
    RevocationModule,
    HttpModule,
    LimitsModule,
  ],
  providers: [...HANDSHAKE, ...FRAMES, ...SESSIONS, ...SOCKETS],
})
export class GatewayModule {}
