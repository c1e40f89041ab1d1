import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import type { Identity } from '../../src/auth/authenticator.port.js';
import type { TopicAuthorizer } from '../../src/auth/topic-authorizer.port.js';
import { AckCollector } from '../../src/delivery/ack-collector.js';
import { DeliveryObserver } from '../../src/delivery/delivery-observer.js';
import { DeliverySpans } from '../../src/delivery/delivery-spans.js';
import { Hub } from '../../src/delivery/hub.js';
import { NackCollector } from '../../src/delivery/nack-collector.js';
import { SessionOpener } from '../../src/delivery/session-opener.js';
import { TopicJoiner } from '../../src/delivery/topic-joiner.js';
import { TopicPlaces } from '../../src/delivery/topic-places.js';
import { AckHandler } from '../../src/gateway/ack-handler.js';
import { AddressedSessions } from '../../src/gateway/addressed-sessions.js';
import { ArrivalClock } from '../../src/gateway/arrival-clock.js';
import { ConnectionRegistry } from '../../src/gateway/connection-registry.js';
import { FrameDispatcher } from '../../src/gateway/frame-dispatcher.js';
import { FrameJournal } from '../../src/gateway/frame-journal.js';
import { FrameThrottle } from '../../src/gateway/frame-throttle.js';
import { Greeter } from '../../src/gateway/greeter.js';
import { Heartbeat } from '../../src/gateway/heartbeat.js';
import type { UpgradedRequest } from '../../src/gateway/handshake.service.js';
import { PushGateway } from '../../src/gateway/push.gateway.js';
import { RequestTable } from '../../src/gateway/request-table.js';
import { SessionBinder } from '../../src/gateway/session-binder.js';
import { SessionLimit } from '../../src/gateway/session-limit.js';
import { SessionReclaimer } from '../../src/gateway/session-reclaimer.js';
import { SessionRequests } from '../../src/gateway/session-requests.js';
import { SessionSaver } from '../../src/gateway/session-saver.js';
import { SessionUpkeep } from '../../src/gateway/session-upkeep.js';
import { SessionWatch } from '../../src/gateway/session-watch.js';
import type { TokenGate } from '../../src/gateway/token-gate.js';
import { TopicAccess } from '../../src/gateway/topic-access.js';
import { TopicRequests } from '../../src/gateway/topic-requests.js';
import type { NotificationService } from '../../src/publish/notification.service.js';
import { Metrics } from '../../src/observability/metrics.js';
import { Tracing } from '../../src/observability/tracing.js';
import type { GuardQueue } from '../../src/queue/guard-queue.js';
import { RevocationList } from '../../src/revocation/revocation-list.js';
import { RevocationStore } from '../../src/revocation/revocation-store.js';
import { TopicHints } from '../../src/topic/topic-hints.js';
import type { CoreRig } from '../support/core-rig.js';

const TEXT_HEADER = 2;

/** Socket without a network: each frame that the server writes is passed on at once. */
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

/** Client's end of a connection. */
export interface Link {
  send(frame: object): void;
  /** Cuts the connection, as a network fault does. */
  cut(): void;
}

/**
 * Gateway classes of one process, on the Redis connections of a rig. Its clients call it directly.
 */
export class GatewayNode {
  readonly hub: Hub;
  readonly acks: AckCollector;
  readonly reclaimer: SessionReclaimer;
  readonly upkeep: SessionUpkeep;
  /** Name under which its sessions are held in their records. */
  readonly holder: string;
  private readonly revocations: RevocationList;
  private readonly gateway: PushGateway;
  private readonly heartbeat: Heartbeat;
  private readonly watch: SessionWatch;
  private readonly addressed: AddressedSessions;
  private readonly release: () => Promise<void>;

  constructor(rig: CoreRig) {
    const { config, log, members, store, clock } = rig;
    const hints = new TopicHints(rig.bus);
    const metrics = new Metrics();
    const { lease, sessions } = rig.node();
    this.release = () => lease.release();
    this.holder = lease.holder;
    const guard = { arm: () => Promise.resolve() } as unknown as GuardQueue;
    const authorizer = { canSubscribe: () => Promise.resolve(true) } as unknown as TopicAuthorizer;
    this.hub = new Hub(config, log, hints, lease, metrics);
    this.acks = new AckCollector(config, rig.acks, metrics);
    const spans = new DeliverySpans(new Tracing());
    const observer = new DeliveryObserver(this.acks, clock, spans, metrics);
    const places = new TopicPlaces(config, members, store, lease, guard);
    const joiner = new TopicJoiner(this.hub, places, log, observer);
    const opener = new SessionOpener(this.hub, sessions, places);

    const connections = new ConnectionRegistry(config, metrics);
    const access = new TopicAccess(authorizer, joiner);
    const saver = new SessionSaver(sessions, connections);
    const greeter = new Greeter(config, clock, access, new SessionLimit(config, sessions, metrics));
    const binder = new SessionBinder(opener, connections, joiner, saver, greeter);
    this.reclaimer = new SessionReclaimer(sessions, connections, saver, access);
    this.upkeep = new SessionUpkeep(connections, this.reclaimer, sessions, saver);
    this.watch = new SessionWatch(connections, this.reclaimer, hints, lease);
    this.addressed = new AddressedSessions(connections, access, this.hub);

    const tokens = {} as TokenGate;
    const notifications = {} as NotificationService;
    const requests = new RequestTable(
      new SessionRequests(tokens, connections, binder, access),
      new TopicRequests(access, joiner, authorizer, notifications, log),
    );
    const handler = new AckHandler(config, this.acks, new NackCollector(rig.acks, metrics), metrics, spans);
    const throttle = new FrameThrottle(metrics);
    const journal = new FrameJournal(config, metrics);
    const dispatcher = new FrameDispatcher(handler, requests, throttle, new ArrivalClock(clock), journal);
    this.revocations = new RevocationList(config, new RevocationStore(config, rig.lanes), clock, metrics, hints);
    this.heartbeat = new Heartbeat(config, connections, this.upkeep, this.revocations, clock);
    this.gateway = new PushGateway(config, connections, dispatcher, binder, metrics);
  }

  async start(): Promise<void> {
    this.watch.onModuleInit();
    this.addressed.onModuleInit();
    await this.heartbeat.onApplicationBootstrap();
    await this.hub.onApplicationBootstrap();
    await this.watch.onApplicationBootstrap();
  }

  async stop(): Promise<void> {
    this.hub.onModuleDestroy();
    this.heartbeat.onModuleDestroy();
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
