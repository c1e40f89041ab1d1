import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import type { Identity } from '../../src/auth/authenticator.port.js';
import type { TopicAuthorizer } from '../../src/auth/topic-authorizer.port.js';
import { AckCollector } from '../../src/gateway/ack.collector.js';
import { AckHandler } from '../../src/gateway/ack.handler.js';
import { ArrivalClock } from '../../src/gateway/arrival.clock.js';
import { NackCollector } from '../../src/gateway/nack.collector.js';
import { ConnectionRegistry } from '../../src/gateway/connection.registry.js';
import { ConnectionSweep } from '../../src/gateway/connection.sweep.js';
import { DeliverySpans } from '../../src/gateway/delivery.spans.js';
import { FrameDispatcher } from '../../src/gateway/frame.dispatcher.js';
import { FrameThrottle } from '../../src/gateway/frame.throttle.js';
import { Hub } from '../../src/gateway/hub.js';
import type { UpgradedRequest } from '../../src/gateway/postrider.ws-adapter.js';
import { PushGateway } from '../../src/gateway/push.gateway.js';
import { RequestHandler } from '../../src/gateway/request.handler.js';
import { SessionBinder } from '../../src/gateway/session.binder.js';
import { SessionLimit } from '../../src/gateway/session.limit.js';
import type { TokenGate } from '../../src/gateway/token.gate.js';
import { TopicJoiner } from '../../src/gateway/topic.joiner.js';
import type { NotificationService } from '../../src/notification/notification.service.js';
import { Metrics } from '../../src/observability/metrics.js';
import { Tracing } from '../../src/observability/tracing.js';
import type { GuardQueue } from '../../src/queue/guard.queue.js';
import { RevocationList } from '../../src/revocation/revocation.list.js';
import { RevocationStore } from '../../src/revocation/revocation.store.js';
import type { CoreRig } from '../support/core.rig.js';

const TEXT_HEADER = 2;

/** A socket without a network: what the server writes is told at once, frame by frame. */
class WireSocket extends EventEmitter {
  readonly writableLength = 0;
  destroyed = false;

  constructor(private readonly told: (text: string) => void) {
    super();
  }

  write(frame: Buffer): void {
    const size = frame.readUInt8(1) & 0x7f;
    const header = size === 126 ? TEXT_HEADER + 2 : size === 127 ? TEXT_HEADER + 8 : TEXT_HEADER;
    this.told(frame.toString('utf8', header));
  }

  cork(): void {}
  uncork(): void {}
}

class Wire extends EventEmitter {
  readonly isPaused = false;
  pause(): void {}
  resume(): void {}

  close(code: number): void {
    setImmediate(() => this.emit('close', code));
  }

  terminate(): void {
    this.close(1006);
  }
}

/** One end of a connection, as a client has it. */
export interface Link {
  send(frame: object): void;
  /** The network is gone. */
  cut(): void;
}

/** The gateway's classes, as a process of its own has them, on the Redis connections of a rig; its clients call it directly. */
export class GatewayNode {
  readonly hub: Hub;
  readonly acks: AckCollector;
  readonly binder: SessionBinder;
  readonly sweep: ConnectionSweep;
  /** What records call it. */
  readonly holder: string;
  private readonly revocations: RevocationList;
  private readonly gateway: PushGateway;
  private readonly release: () => Promise<void>;

  constructor(rig: CoreRig) {
    const { config, log, hints, members, store, clock } = rig;
    const metrics = new Metrics();
    const { lease, sessions } = rig.node();
    this.release = () => lease.release();
    this.holder = lease.holder;
    const guard = { arm: () => Promise.resolve() } as unknown as GuardQueue;
    const authorizer = { canSubscribe: () => Promise.resolve(true) } as unknown as TopicAuthorizer;
    const connections = new ConnectionRegistry(config, metrics);
    this.hub = new Hub(config, log, hints, metrics);
    this.acks = new AckCollector(config, rig.acks, metrics);
    const spans = new DeliverySpans(new Tracing());
    const joiner = new TopicJoiner(
      config,
      this.hub,
      members,
      log,
      store,
      lease,
      guard,
      this.acks,
      clock,
      spans,
      metrics,
    );
    const limit = new SessionLimit(config, sessions, metrics);
    this.binder = new SessionBinder(config, sessions, connections, joiner, authorizer, clock, limit);
    const tokens = {} as TokenGate;
    const notifications = {} as NotificationService;
    const requests = new RequestHandler(tokens, authorizer, connections, this.binder, joiner, notifications, log);
    const throttle = new FrameThrottle(config, metrics);
    const handler = new AckHandler(config, this.acks, new NackCollector(rig.acks, metrics), metrics, spans);
    const dispatcher = new FrameDispatcher(config, handler, metrics, requests, throttle, new ArrivalClock(clock));
    this.revocations = new RevocationList(config, new RevocationStore(config, rig.lanes), clock, metrics);
    this.sweep = new ConnectionSweep(config, connections, this.binder, sessions, this.revocations, clock);
    this.gateway = new PushGateway(
      config,
      connections,
      dispatcher,
      this.binder,
      joiner,
      this.hub,
      this.sweep,
      lease,
      this.revocations,
      metrics,
      throttle,
    );
  }

  start(): Promise<void> {
    return this.gateway.onApplicationBootstrap();
  }

  async stop(): Promise<void> {
    this.hub.onModuleDestroy();
    this.sweep.onModuleDestroy();
    this.revocations.onModuleDestroy();
    await this.release();
  }

  connect(identity: Identity, session: string | undefined, told: (text: string) => void, closed: () => void): Link {
    const wire = new Wire();
    let up = true;
    const socket = new WireSocket((text) => {
      if (up) told(text);
    });
    const handshake = { identity, ...(session !== undefined && { session }) };
    this.gateway.handleConnection(wire as unknown as WebSocket, { socket, handshake } as unknown as UpgradedRequest);
    wire.once('close', () => {
      if (!up) return;
      up = false;
      closed();
    });
    return {
      send: (frame) => {
        if (up) wire.emit('message', Buffer.from(JSON.stringify(frame)), false);
      },
      cut: () => {
        up = false;
        wire.emit('close', 1006);
      },
    };
  }
}
