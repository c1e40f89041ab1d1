import assert from 'node:assert/strict';
import { notificationBody } from '../contract/notification.schema.js';
import { parse } from '../contract/parse.js';
import type { Accepted, AcceptHook, NotificationBody } from '../index.js';
import { casesOf, type ContractCase, refusalOf } from './contract-case.js';

/** Hook under test. */
export interface AcceptHookSubject {
  readonly hook: AcceptHook;
  readonly accepted: readonly NotificationBody[];
  readonly refused: readonly NotificationBody[];
}

const PUBLISHER = { app: 'main', name: 'shop' };
const ACCEPTED: Accepted = {
  id: 'smmh2k0p1q7f3x9b2de0a',
  state: 'accepted',
  targets: [{ topic: 'user:ada', offset: 1, epoch: 'e', online: 0 }],
};

/** Contract of every `AcceptHook`. */
export function acceptHookContract(
  make: () => AcceptHookSubject | Promise<AcceptHookSubject>,
): readonly ContractCase[] {
  return casesOf(make, {
    'returns a valid body, the same for a retry, and leaves the given one alone': async ({ hook, accepted }) => {
      for (const body of accepted) {
        const before = JSON.stringify(body);
        const first = await hook.beforeAccept(PUBLISHER, body);
        assert.deepEqual(parse(notificationBody, first), first);
        // An idempotency key is compared with the text of the body.
        assert.equal(JSON.stringify(await hook.beforeAccept(PUBLISHER, body)), JSON.stringify(first));
        assert.equal(JSON.stringify(body), before);
      }
    },
    'refuses with an error that a publisher can read': async ({ hook, refused }) => {
      for (const body of refused) await refusalOf(() => hook.beforeAccept(PUBLISHER, body));
    },
    'observes an accepted notification, even twice': async ({ hook, accepted }) => {
      assert.ok(accepted.length > 0, 'Name at least one body that the hook accepts.');
      for (const body of accepted) {
        await hook.afterAccept(PUBLISHER, body, ACCEPTED);
        await hook.afterAccept(PUBLISHER, body, ACCEPTED);
      }
    },
  });
}
