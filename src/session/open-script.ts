import { listOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';
import { type Membership, membershipOf } from '../topic/topic-members.js';

/** New session. */
export interface Opened {
  readonly id: string;
  /** Memberships of its first topics, in their order; those that are missing are not joined yet. */
  readonly memberships: readonly Membership[];
}

const script = scriptsOf(import.meta.url);

export const OPEN = script(
  'open',
  (given: { id: string; user: string; app: string; node: string; epoch: string; topics: readonly string[] }) => [
    given.id,
    given.user,
    given.app,
    given.node,
    given.epoch,
    ...given.topics,
  ],
  (reply) => listOf(reply).map(membershipOf),
);
/** Common arguments of openings by the number of topics joined, which make them share runs. */
export const JOINS: readonly (readonly number[])[] = [[0], [1], [2]];
