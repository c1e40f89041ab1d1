import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { RawData, WebSocket } from 'ws';
import { Config } from '../config/config.js';
import { retryWaitMs } from '../errors/retry.wait.js';
import { postriderErrorOf } from '../http/problem.js';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import { RevocationList } from '../revocation/revocation.list.js';
import { NodeLease } from '../session/node.lease.js';
import { parseTopic } from '../topic/topic.name.js';
import { topicOf } from '../topic/topic.namespaces.js';
import { Connection, type ConnectionLimits, type Goodbye } from './connection.js';
import { ConnectionRegistry } from './connection.registry.js';
import { ConnectionSweep } from './connection.sweep.js';
import { FrameDispatcher } from './frame.dispatcher.js';
import { FrameThrottle } from './frame.throttle.js';
import { Hub } from './hub.js';
import { Outlet } from './outlet.js';
import type { UpgradedRequest } from './postrider.ws-adapter.js';
import { SessionBinder } from './session.binder.js';
import type { TopicFeed } from './topic.feed.js';
import { TopicJoiner } from './topic.joiner.js';

const tryAgain = (thrown: unknown): Goodbye => {
  const { code: reason, retryAfterMs = retryWaitMs() } = postriderErrorOf(thrown);
  return { code: 1012, reason, reconnect: true, retryAfterMs };
};

/** Where sockets begin and end. */
@WebSocketGateway()
export class PushGateway implements OnGatewayConnection<WebSocket>, OnApplicationBootstrap {
  private readonly outlet: Outlet;
  private readonly limits: ConnectionLimits;
  private readonly logger = new EventLog(PushGateway.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly connections: ConnectionRegistry,
    private readonly dispatcher: FrameDispatcher,
    private readonly binder: SessionBinder,
    private readonly joiner: TopicJoiner,
    private readonly hub: Hub,
    private readonly sweep: ConnectionSweep,
    private readonly lease: NodeLease,
    private readonly revocations: RevocationList,
    private readonly metrics: Metrics,
    private readonly throttle: FrameThrottle,
  ) {
    this.outlet = new Outlet(metrics.framesSent, metrics.sentBytes);
    this.limits = {
      bufferBytes: config.wsSendBufferBytes,
      hardBufferBytes: config.wsSendBufferHardBytes,
      framesPerSecond: config.wsFramesPerSecond,
      framesBurst: config.wsFramesBurst,
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.sweep.start();
    await this.hub.start({
      reset: (feed) => this.restart(feed),
      unheard: (name) => this.addressed(name),
      revoked: () => this.revocations.refresh(),
      session: (session, generation, why) => this.binder.released(session, generation, why),
    });
    await this.lease.keep(() => this.guarded(this.binder.reclaimAll(), 'Sessions could not be reclaimed'));
  }

  handleConnection(ws: WebSocket, request: UpgradedRequest): void {
    const { identity, session, askedAtMs } = request.handshake ?? {};
    const connection = new Connection(ws, request.socket, this.limits, this.outlet, this.config.wsWindow);
    connection.identity = identity;
    connection.askedAtMs = askedAtMs;
    this.connections.add(connection);
    this.connections.identified(connection);
    ws.on('message', (data: RawData, isBinary: boolean) => {
      this.dispatcher.receive(connection, isBinary ? undefined : data.toString());
    });
    const control = (): void => this.throttle.control(connection);
    ws.on('ping', control);
    ws.on('pong', control);
    ws.on('error', (error) => this.logger.debug({ msg: 'A socket failed', error: error.message }));
    ws.on('close', (code: number) => this.closed(connection, code));
    if (identity) this.greet(connection, session);
  }

  /** `hello` is optional with a token in the handshake: it is waited for a moment, then the session opens by itself. */
  private greet(connection: Connection, session: string | undefined): void {
    const open = (): void => {
      connection.tail = connection.tail.then(() => {
        if (connection.closed || connection.session) return;
        return this.binder.bind(connection, session).catch((error: unknown) => {
          this.logger.debug({ msg: 'A session could not be opened', error: String(error) });
          connection.close(tryAgain(error));
        });
      });
    };
    if (session !== undefined || this.config.wsHelloGraceMs === 0) open();
    else setTimeout(open, this.config.wsHelloGraceMs);
  }

  private closed(connection: Connection, code: number): void {
    connection.closed = true;
    const closeCode = connection.closeCode ?? code;
    this.metrics.closed(closeCode).inc();
    this.tellClosed(connection, closeCode);
    this.binder.suspend(connection);
    this.connections.remove(connection);
  }

  private tellClosed({ ids, openedAtMs }: Connection, closeCode: number): void {
    if (!this.logger.tells('connection_closed')) return;
    this.logger.tell('connection_closed', { ...ids, closeCode, ms: Math.round(performance.now() - openedAtMs) });
  }

  private restart(feed: TopicFeed): void {
    feed.forget();
    for (const { session } of feed.subscriptions) {
      const connection = this.connections.ofSession(session);
      if (!connection) continue;
      this.joiner.restart(connection, feed.topic).catch((error: unknown) => {
        this.logger.warn({ msg: 'A topic could not be joined anew', topic: feed.name, error: String(error) });
        // Without the topic the session would hear nothing of it: it comes back with all of them.
        connection.close(tryAgain(error));
      });
    }
  }

  private addressed(name: string): void {
    const target = parseTopic(topicOf(name));
    if (target?.kind === 'session') this.guarded(this.binder.addressed(target.id), 'A session could not be joined');
  }

  private guarded(work: Promise<unknown>, failure: string): void {
    work.catch((error: unknown) => this.logger.warn({ msg: failure, error: String(error) }));
  }
}
