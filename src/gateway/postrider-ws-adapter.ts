import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { SocketSettings } from '../config/settings.js';
import { type ErrorCode, PostriderError } from '../contract/postrider-error.js';
import { postriderErrorOf } from '../contract/problem.js';
import { refuseConnection } from '../http/refused-connection.js';
import { EventLogger } from '../observability/event-logger.js';
import { ConnectionRegistry } from './connection-registry.js';
import { GatewayMetrics, type HandshakeOutcome } from './gateway-metrics.js';
import { HandshakeService, SUBPROTOCOL, type UpgradedRequest } from './handshake.service.js';
import { OriginRefused } from './origin-gate.js';
import { PushGateway } from './push.gateway.js';

const CLOSE_WAIT_MS = 1_000;

/**
 * Nest's adapter with a handshake that is decided before the upgrade: a refusal is an HTTP answer,
 * and no frame is read before the sender is known. The gateway dispatches frames itself, in order.
 */
export class PostriderWsAdapter extends WsAdapter {
  private readonly settings: SocketSettings;
  private readonly handshakes: HandshakeService;
  private readonly connections: ConnectionRegistry;
  private readonly gateway: PushGateway;
  private readonly metrics: GatewayMetrics;
  private readonly log = new EventLogger(PostriderWsAdapter.name);

  constructor(app: INestApplicationContext) {
    super(app);
    this.settings = app.get(SocketSettings);
    this.handshakes = app.get(HandshakeService);
    this.connections = app.get(ConnectionRegistry);
    this.gateway = app.get(PushGateway);
    this.metrics = app.get(GatewayMetrics);
  }

  override create(): WebSocketServer {
    const { wsMaxFrameBytes, wsMaxFragments, wsMaxBufferedChunks } = this.settings;
    const server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: wsMaxFrameBytes,
      maxFragments: wsMaxFragments,
      maxBufferedChunks: wsMaxBufferedChunks,
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    const http = this.httpServer as Server;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Before any await: a socket that breaks in the meantime must not end the process.
      socket.on('error', () => socket.destroy());
      void this.upgrade(server, request, socket, head);
    });
    return server;
  }

  /** Sockets go to the gateway directly. Nest would keep a listener for each. */
  override bindClientConnect(): void {
    // Nothing to bind; see `upgrade`.
  }

  /** Frames go to the gateway directly. */
  override bindMessageHandlers(): void {
    // Nothing to bind; see PushGateway.
  }

  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    server.on('error', (error: Error) => this.log.error({ msg: 'Socket server failed' }, error));
    return server;
  }

  /** Cuts the sockets that the drain has left. */
  override async close(server: WebSocketServer): Promise<void> {
    for (const connection of this.connections.all) connection.cut();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WAIT_MS);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private async upgrade(
    server: WebSocketServer,
    request: UpgradedRequest,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const opened = this.connections.opening();
    const beganMs = performance.now();
    let outcome: HandshakeOutcome = 'aborted';
    try {
      request.handshake = await this.inTime(this.handshakes.admit(request));
      if (socket.destroyed) return;
      server.handleUpgrade(request, socket, head, (ws: WebSocket) => {
        outcome = 'accepted';
        this.gateway.handleConnection(ws, request);
      });
    } catch (thrown) {
      outcome = this.refuse(socket, thrown);
    } finally {
      opened();
      this.metrics.handshake(outcome, (performance.now() - beganMs) / 1_000);
    }
  }

  /** Node's own timeouts end with the header, and a team's authenticator may hang. */
  private inTime<T>(admitted: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new PostriderError('overloaded', 'The token could not be checked in time. Retry later.')),
        this.settings.wsHandshakeTimeoutMs,
      );
      admitted.then(
        (admission) => {
          clearTimeout(timer);
          resolve(admission);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error as Error);
        },
      );
    });
  }

  private refuse(socket: Duplex, thrown: unknown): ErrorCode {
    const error = postriderErrorOf(thrown);
    const { status, code } = error;
    if (code === 'internal') this.log.event('handshake_failed', { status, code }, error.cause ?? error);
    else if (error instanceof OriginRefused) {
      this.log.event('handshake_refused', { status, code, origin: error.origin, setting: 'WS_ORIGINS' });
    } else this.log.event('handshake_refused', { status, code });
    refuseConnection(socket, error);
    return code;
  }
}
