import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { parseTopic, sessionTopic } from '../contract/topic-name.js';
import { Hub } from '../delivery/hub.js';
import { topicOf } from '../topic/topic-namespaces.js';
import { ConnectionRegistry } from './connection-registry.js';
import { TopicAccess } from './topic-access.js';

/**
 * Joins a session to its own topic when that is first addressed, so that idle sessions cost one
 * topic less.
 */
@Injectable()
export class AddressedSessions implements OnModuleInit {
  private readonly logger = new Logger(AddressedSessions.name);

  constructor(
    private readonly connections: ConnectionRegistry,
    private readonly access: TopicAccess,
    private readonly hub: Hub,
  ) {}

  onModuleInit(): void {
    this.hub.onAddressed((name) => {
      const target = parseTopic(topicOf(name));
      if (target?.kind === 'session') this.join(target.id);
    });
  }

  private join(session: string): void {
    const connection = this.connections.ofSession(session);
    if (!connection) return;
    this.access.rejoin(connection, sessionTopic(session), undefined).catch((error: unknown) => {
      this.logger.warn({ msg: 'Could not join a session to its topic', error: String(error) });
    });
  }
}
