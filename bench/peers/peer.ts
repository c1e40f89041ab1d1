import { z } from 'zod';

/** Settings that the bench passes to a peer. */
export const env = z.object({ PORT: z.coerce.number(), REDIS_URL: z.string().default('') }).parse(process.env);

/** Message to publish through a peer: to one user, or to all receivers of the topic. */
export const publishBody = z.object({
  user: z.string().optional(),
  topic: z.string().optional(),
  data: z.string(),
  ack: z.boolean(),
});
export type PublishBody = z.output<typeof publishBody>;

/** Parses the user of a connection, and the topic that it receives. */
export function receiverOf(url = '/'): { user: string; topic?: string } {
  const { searchParams } = new URL(url, 'http://peer');
  const topic = searchParams.get('topic');
  return { user: searchParams.get('user') ?? '', ...(topic !== null && { topic }) };
}

/** Sets of receivers, by room. */
export class Rooms<T> {
  private readonly rooms = new Map<string, Set<T>>();

  of(name: string): ReadonlySet<T> {
    return this.rooms.get(name) ?? new Set();
  }

  join(name: string, member: T): void {
    const room = this.rooms.get(name) ?? new Set();
    this.rooms.set(name, room.add(member));
  }

  leave(name: string, member: T): void {
    const room = this.rooms.get(name);
    room?.delete(member);
    if (room?.size === 0) this.rooms.delete(name);
  }
}

/** Tells the benchmark that the peer accepts requests. */
export function ready(): void {
  console.log('ready');
}
