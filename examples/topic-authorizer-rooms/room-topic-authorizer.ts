import { Injectable } from '@nestjs/common';
import { ClaimsTopicAuthorizer, type Identity } from 'postrider';
import { RoomDirectory } from './room-directory.js';

const ROOM = /^room\.(.+)$/;

/**
 * Reserves topics `room.<name>` for the members of the room, whatever their token says. The token
 * decides about all other topics.
 */
@Injectable()
export class RoomTopicAuthorizer extends ClaimsTopicAuthorizer {
  constructor(private readonly rooms: RoomDirectory) {
    super();
  }

  override canSubscribe(identity: Identity, topic: string): boolean {
    return this.isMember(identity, topic) ?? super.canSubscribe(identity, topic);
  }

  override canPublish(identity: Identity, topic: string): boolean {
    return this.isMember(identity, topic) ?? super.canPublish(identity, topic);
  }

  private isMember({ app, user }: Identity, topic: string): boolean | undefined {
    const [, room] = ROOM.exec(topic) ?? [];
    return room === undefined ? undefined : this.rooms.has(app, room, user);
  }
}
