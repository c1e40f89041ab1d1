import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { RawData, WebSocket } from 'ws';
import { SocketSettings } from '../config/settings.js';
import { unavailableFor } from '../contract/goodbyes.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { Connection, type ConnectionCommons } from './connection.js';
import { ConnectionRegistry } from './connection-registry.js';
import { FrameDispatcher } from './frame-dispatcher.js';
import type { UpgradedRequest } from './handshake.service.js';
import { Outlet } from './outlet.js';
import { SessionBinder } from './session-binder.js';

/** Starts and ends connections. */
@WebSocketGateway()
export class PushGateway implements OnGatewayConnection<WebSocket> {
  private readonly commons: ConnectionCommons;
  private readonly logger = new EventLogger(PushGateway.name);
  /** One listener for all sockets. */
  private readonly failed = (error: Error): void => this.logger.debug({ msg: 'Socket failed', error: error.message });

  constructor(
    private readonly settings: SocketSettings,
    private readonly connections: ConnectionRegistry,
    private readonly dispatcher: FrameDispatcher,
    private readonly binder: SessionBinder,
    private readonly metrics: Metrics,
  ) {
    this.commons = {
      outlet: new Outlet(metrics.framesSent, metrics.sentBytes),
      limits: {
        bufferBytes: settings.wsSendBufferBytes,
        hardBufferBytes: settings.wsSendBufferHardBytes,
        framesPerSecond: settings.wsFramesPerSecond,
        framesBurst: settings.wsFramesBurst,
        pendingRequests: settings.wsMaxPendingRequests,
        window: settings.wsWindow,
      },
      effects: {
        suspend: (connection) => binder.suspend(connection),
        release: (connection) => binder.release(connection),
        forget: (connection) => connections.remove(connection),
      },
    };
  }

  handleConnection(ws: WebSocket, request: UpgradedRequest): void {
    const { identity, session, askedAtMs } = request.handshake ?? {};
    const connection = new Connection(ws, request.socket, this.commons);
    if (identity) connection.identify(identity);
    connection.askForSession(askedAtMs);
    this.connections.add(connection);
    this.connections.identified(connection);
    ws.on('message', (data: RawData, isBinary: boolean) => {
      this.dispatcher.receive(connection, isBinary ? undefined : data.toString());
    });
    const control = (): void => this.dispatcher.control(connection);
    ws.on('ping', control);
    ws.on('pong', control);
    ws.on('error', this.failed);
    ws.on('close', (code: number) => this.closed(connection, code));
    if (identity) this.greet(connection, session);
  }

  /**
   * Opens the session after a short wait for a `hello`, which is optional with a token in the
   * handshake.
   */
  private greet(connection: Connection, session: string | undefined): void {
    const open = (): void => {
      connection.enqueue(() => {
        if (!connection.isOpen || connection.topics) return undefined;
        return this.binder.bind(connection, session).catch((error: unknown) => {
          this.logger.debug({ msg: 'Could not open a session', error: String(error) });
          connection.goodbye('unavailable', unavailableFor(error));
        });
      });
    };
    if (session !== undefined || this.settings.wsHelloGraceMs === 0) open();
    else setTimeout(open, this.settings.wsHelloGraceMs);
  }

  private closed(connection: Connection, code: number): void {
    const { ids, openedAtMs } = connection;
    const closeCode = connection.lost(code);
    this.metrics.closed(closeCode).inc();
    if (!this.logger.isEnabled('connection_closed')) return;
    this.logger.event('connection_closed', { ...ids, closeCode, ms: Math.round(performance.now() - openedAtMs) });
  }
}
