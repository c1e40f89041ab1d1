import assert from 'node:assert/strict';
import type { Identity, TopicAuthorizer } from '../index.js';
import { casesOf, type ContractCase } from './contract-case.js';

/** Authorizer under test, with topics whose answers are known. */
export interface TopicAuthorizerSubject {
  readonly authorizer: TopicAuthorizer;
  readonly identity: Identity;
  readonly maySubscribe: readonly string[];
  readonly mayNotSubscribe: readonly string[];
  readonly mayPublish: readonly string[];
  readonly mayNotPublish: readonly string[];
}

const MANY = 1_000;
const FEW_MS = 1_000;

/** Contract of every `TopicAuthorizer`. */
export function topicAuthorizerContract(
  make: () => TopicAuthorizerSubject | Promise<TopicAuthorizerSubject>,
): readonly ContractCase[] {
  return casesOf(make, {
    'allows subscribing to the known topics and no others': async (subject) => {
      const { authorizer, identity, maySubscribe, mayNotSubscribe } = subject;
      const ask = (topic: string) => authorizer.canSubscribe(identity, topic);
      assert.deepEqual(await allowedOf([...maySubscribe, ...mayNotSubscribe], ask), maySubscribe);
    },
    'allows publishing to the known topics and no others': async (subject) => {
      const { authorizer, identity, mayPublish, mayNotPublish } = subject;
      const ask = (topic: string) => authorizer.canPublish(identity, topic);
      assert.deepEqual(await allowedOf([...mayPublish, ...mayNotPublish], ask), mayPublish);
    },
    'keeps the personal topics of other users closed': async ({ authorizer, identity }) => {
      const topic = `user:not-${identity.user}`.slice(0, 128);
      assert.equal(await authorizer.canSubscribe(identity, topic), false);
    },
    'grants nothing of another app': async ({ authorizer, identity, maySubscribe }) => {
      const foreign = { ...identity, app: `${identity.app}-other`, topics: [], publish: [] };
      const closed = maySubscribe.filter((topic) => !/^(all$|public\.|user:)/.test(topic));
      assert.deepEqual(await allowedOf(closed, (topic) => authorizer.canSubscribe(foreign, topic)), []);
    },
    'bears a reconnect storm': async ({ authorizer, identity, maySubscribe }) => {
      const began = performance.now();
      const topics = Array.from({ length: MANY }, (_, n) => maySubscribe[n % maySubscribe.length] ?? 'all');
      await Promise.all(topics.map((topic) => authorizer.canSubscribe(identity, topic)));
      const tookMs = performance.now() - began;
      assert.ok(tookMs < FEW_MS, `${MANY} answers took ${Math.round(tookMs)} ms: answer from the identity or memory.`);
    },
  });
}

/** Answers that are not booleans fail as well. */
async function allowedOf(
  topics: readonly string[],
  ask: (topic: string) => boolean | Promise<boolean>,
): Promise<string[]> {
  const allowed: string[] = [];
  for (const topic of topics) {
    const answer = await ask(topic);
    assert.equal(typeof answer, 'boolean', `The answer for ${topic} must be a boolean.`);
    if (answer) allowed.push(topic);
  }
  return allowed;
}
