import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity, TopicAuthorizer } from '../../../src/index.js';

/** An authorizer to be judged, with topics of which the answer is known. */
export interface TopicAuthorizerCase {
  readonly authorizer: TopicAuthorizer;
  readonly identity: Identity;
  readonly maySubscribe: readonly string[];
  readonly mayNotSubscribe: readonly string[];
  readonly mayPublish: readonly string[];
  readonly mayNotPublish: readonly string[];
}

const MANY = 1_000;
const FEW_MS = 1_000;

/** What every `TopicAuthorizer` has to do; call it in a spec of yours. */
export function describeTopicAuthorizer(
  name: string,
  make: () => TopicAuthorizerCase | Promise<TopicAuthorizerCase>,
): void {
  describe(`${name} as a TopicAuthorizer`, () => {
    let given: TopicAuthorizerCase;

    beforeEach(async () => {
      given = await make();
    });

    it('lets subscribe where it should and nowhere else', async () => {
      const { authorizer, identity, maySubscribe, mayNotSubscribe } = given;
      for (const topic of maySubscribe)
        expect([topic, await authorizer.canSubscribe(identity, topic)]).toEqual([topic, true]);
      for (const topic of mayNotSubscribe)
        expect([topic, await authorizer.canSubscribe(identity, topic)]).toEqual([topic, false]);
    });

    it('lets publish where it should and nowhere else', async () => {
      const { authorizer, identity, mayPublish, mayNotPublish } = given;
      for (const topic of mayPublish)
        expect([topic, await authorizer.canPublish(identity, topic)]).toEqual([topic, true]);
      for (const topic of mayNotPublish)
        expect([topic, await authorizer.canPublish(identity, topic)]).toEqual([topic, false]);
    });

    it('keeps the personal topics of others closed', async () => {
      const { authorizer, identity } = given;
      const topic = `user:not-${identity.user}`.slice(0, 128);
      expect(await authorizer.canSubscribe(identity, topic)).toBe(false);
    });

    it('grants nothing of another app', async () => {
      const { authorizer, identity, maySubscribe } = given;
      const foreign = { ...identity, app: `${identity.app}-other`, topics: [], publish: [] };
      const closed = maySubscribe.filter((topic) => !/^(all$|public\.|user:)/.test(topic));
      for (const topic of closed)
        expect([topic, await authorizer.canSubscribe(foreign, topic)]).toEqual([topic, false]);
    });

    it('bears a reconnect storm', async () => {
      const { authorizer, identity, maySubscribe } = given;
      const began = performance.now();
      await Promise.all(
        Array.from({ length: MANY }, (_, n) =>
          authorizer.canSubscribe(identity, maySubscribe[n % maySubscribe.length] ?? 'all'),
        ),
      );
      expect(performance.now() - began).toBeLessThan(FEW_MS);
    });
  });
}
