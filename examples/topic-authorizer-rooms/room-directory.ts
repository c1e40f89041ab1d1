import { Injectable } from '@nestjs/common';

/**
 * Members of rooms, kept in memory and fed by your events, because a reconnect storm makes
 * thousands of queries a second.
 */
@Injectable()
export class RoomDirectory {
  private readonly members = new Map<string, Set<string>>();

  enter(app: string, room: string, user: string): void {
    const key = `${app}:${room}`;
    const members = this.members.get(key) ?? new Set();
    this.members.set(key, members.add(user));
  }

  leave(app: string, room: string, user: string): void {
    this.members.get(`${app}:${room}`)?.delete(user);
  }

  has(app: string, room: string, user: string): boolean {
    return this.members.get(`${app}:${room}`)?.has(user) ?? false;
  }
}
