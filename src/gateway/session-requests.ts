import { Injectable } from '@nestjs/common';
import { instantOf } from '../auth/instant.js';
import { type FrameId, readHello, readRefresh } from '../contract/client-frames.js';
import { PostriderError } from '../contract/postrider-error.js';
import type { Answer } from './answer-queue.js';
import { type Connection, identityOf } from './connection.js';
import { ConnectionRegistry } from './connection-registry.js';
import { SessionBinder } from './session-binder.js';
import { TokenGate } from './token-gate.js';
import { TopicAccess } from './topic-access.js';

/** Requests about the session and its token. */
@Injectable()
export class SessionRequests {
  constructor(
    private readonly tokens: TokenGate,
    private readonly connections: ConnectionRegistry,
    private readonly binder: SessionBinder,
    private readonly access: TopicAccess,
  ) {}

  /** @throws PostriderError `unauthorized` if there is no valid token by now. */
  async hello(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { token, session, window } = readHello(data);
    if (!connection.identity) {
      if (token === undefined)
        throw new PostriderError('unauthorized', 'hello must have a token. Send one in its data.', { field: 'token' });
      const identity = await this.tokens.admit(token);
      this.connections.requireRoomFor(identity.app, identity.user);
      connection.identify(identity);
      this.connections.identified(connection);
    }
    if (window !== undefined) connection.useWindow(window);
    // `welcome` is sent separately, so that it precedes everything of the session; later requests
    // wait for it here.
    await this.binder.bind(connection, session, id);
    answer();
  }

  /**
   * Opens the session of a connection without `hello`, which is optional with a token in the
   * handshake.
   * @throws PostriderError `unauthorized` if there was none.
   */
  async begin(connection: Connection): Promise<void> {
    identityOf(connection);
    await this.binder.bind(connection, undefined);
  }

  async refresh(connection: Connection, data: unknown, answer: Answer, id?: FrameId): Promise<void> {
    const { token } = readRefresh(data);
    const before = identityOf(connection);
    const identity = await this.tokens.admit(token);
    if (identity.user !== before.user || identity.app !== before.app) {
      answer();
      return connection.goodbye('foreign_token');
    }
    connection.identify(identity);
    await this.access.dropForbidden(connection);
    answer('refreshed', { expiresAt: instantOf(identity.expiresAtMs) }, id);
  }
}
