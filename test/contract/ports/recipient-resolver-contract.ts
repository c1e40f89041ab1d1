import { beforeEach, describe, expect, it } from '@jest/globals';
import { isTopicName, type NotificationTarget, PostriderError, type RecipientResolver } from '../../../src/index.js';

/** A resolver to be judged. */
export interface RecipientResolverCase {
  readonly resolver: RecipientResolver;
  /** Targets of its own and the topics that they stand for. */
  readonly known: readonly { to: NotificationTarget; topics: readonly string[] }[];
  /** Targets that it must refuse with a `PostriderError`, or answer with nobody. */
  readonly refused: readonly NotificationTarget[];
}

/** Bodies of the protocol must keep their meaning, whatever a resolver adds. */
const CONTRACT = [
  { to: { user: 'ada' }, topics: ['user:ada'] },
  { to: { users: ['ada', 'ben', 'ada'] }, topics: ['user:ada', 'user:ben'] },
  { to: { topic: 'orders.eu' }, topics: ['orders.eu'] },
  { to: { topics: ['orders.eu', 'orders.us', 'orders.eu'] }, topics: ['orders.eu', 'orders.us'] },
  { to: { session: 's1' }, topics: ['session:s1'] },
  { to: { all: true as const }, topics: ['all'] },
];

/** What every `RecipientResolver` has to do; call it in a spec of yours. */
export function describeRecipientResolver(
  name: string,
  make: () => RecipientResolverCase | Promise<RecipientResolverCase>,
): void {
  describe(`${name} as a RecipientResolver`, () => {
    let given: RecipientResolverCase;

    beforeEach(async () => {
      given = await make();
    });

    it.each(CONTRACT)('resolves $to as the protocol says', async ({ to, topics }) => {
      expect(await given.resolver.resolve('main', to)).toEqual(topics);
    });

    it('resolves its own targets to names of topics, each once and every time the same', async () => {
      for (const { to, topics } of given.known) {
        const resolved = await given.resolver.resolve('main', to);
        expect(resolved).toEqual(topics);
        expect(resolved.every(isTopicName)).toBe(true);
        expect(new Set(resolved).size).toBe(resolved.length);
        expect(await given.resolver.resolve('main', to)).toEqual(resolved);
      }
    });

    it('refuses what it does not know in a way that a publisher can read', async () => {
      for (const to of given.refused) expect(await refusalOf(given.resolver, to)).toBe('refused');
    });
  });
}

async function refusalOf(resolver: RecipientResolver, to: NotificationTarget): Promise<string> {
  try {
    const topics = await resolver.resolve('main', to);
    return topics.length === 0 ? 'refused' : `resolved to ${topics.join()}`;
  } catch (error) {
    return error instanceof PostriderError && error.status < 500 ? 'refused' : String(error);
  }
}
