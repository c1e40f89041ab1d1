import assert from 'node:assert/strict';
import { isTopicName } from '../contract/topic-name.js';
import type { NotificationTarget, RecipientResolver } from '../index.js';
import { casesOf, type ContractCase, isRefusal } from './contract-case.js';

/** Resolver under test. */
export interface RecipientResolverSubject {
  readonly resolver: RecipientResolver;
  /** Own targets and their topics. */
  readonly known: readonly { to: NotificationTarget; topics: readonly string[] }[];
  /** Targets that it must refuse with a `PostriderError` or resolve to an empty list. */
  readonly refused: readonly NotificationTarget[];
}

/** Targets of the protocol keep their meaning, whatever a resolver adds. */
const PROTOCOL: readonly { to: NotificationTarget; topics: readonly string[] }[] = [
  { to: { user: 'ada' }, topics: ['user:ada'] },
  { to: { users: ['ada', 'ben', 'ada'] }, topics: ['user:ada', 'user:ben'] },
  { to: { topic: 'orders.eu' }, topics: ['orders.eu'] },
  { to: { topics: ['orders.eu', 'orders.us', 'orders.eu'] }, topics: ['orders.eu', 'orders.us'] },
  { to: { session: 's1' }, topics: ['session:s1'] },
  { to: { all: true }, topics: ['all'] },
];

/** Contract of every `RecipientResolver`. */
export function recipientResolverContract(
  make: () => RecipientResolverSubject | Promise<RecipientResolverSubject>,
): readonly ContractCase[] {
  return casesOf(make, {
    ...Object.fromEntries(
      PROTOCOL.map(({ to, topics }) => [
        `resolves ${JSON.stringify(to)} as the protocol says`,
        async ({ resolver }: RecipientResolverSubject) => assert.deepEqual(await resolver.resolve('main', to), topics),
      ]),
    ),
    'resolves its own targets to topic names, each once and every time the same': async ({ resolver, known }) => {
      for (const { to, topics } of known) {
        const resolved = await resolver.resolve('main', to);
        assert.deepEqual(resolved, topics);
        assert.deepEqual(
          resolved.filter((topic) => !isTopicName(topic)),
          [],
        );
        assert.equal(new Set(resolved).size, resolved.length);
        assert.deepEqual(await resolver.resolve('main', to), resolved);
      }
    },
    'refuses a target that it does not know with an error for the publisher': async ({ resolver, refused }) => {
      for (const to of refused) await assertRefused(resolver, to);
    },
  });
}

async function assertRefused(resolver: RecipientResolver, to: NotificationTarget): Promise<void> {
  let topics: readonly string[];
  try {
    topics = await resolver.resolve('main', to);
  } catch (error) {
    assert.ok(isRefusal(error) && error.status < 500, `${String(error)} does not tell the publisher what is wrong.`);
    return;
  }
  assert.deepEqual(topics, []);
}
