import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Accepted, type AcceptHook, type NotificationBody, PostriderError } from '../../../src/index.js';
import { parse } from '../../../src/contract/parse.js';
import { notificationBody } from '../../../src/contract/notification.schema.js';

/** A hook to be judged. */
export interface AcceptHookCase {
  readonly hook: AcceptHook;
  readonly accepted: readonly NotificationBody[];
  readonly refused: readonly NotificationBody[];
}

const PUBLISHER = { app: 'main', name: 'shop' };

/** Contract of every `AcceptHook`; call it in a spec of yours. */
export function describeAcceptHook(name: string, make: () => AcceptHookCase | Promise<AcceptHookCase>): void {
  describe(`${name} as AcceptHook`, () => {
    let given: AcceptHookCase;

    beforeEach(async () => {
      given = await make();
    });

    it('gives a good body, the same for a retry, and leaves the given one as it was', async () => {
      for (const body of given.accepted) {
        const before = JSON.stringify(body);
        const first = await given.hook.beforeAccept(PUBLISHER, body);
        expect(parse(notificationBody, first)).toEqual(first);
        // An idempotency key is compared with the text of the body.
        expect(JSON.stringify(await given.hook.beforeAccept(PUBLISHER, body))).toBe(JSON.stringify(first));
        expect(JSON.stringify(body)).toBe(before);
      }
    });

    it('refuses with an error that a publisher can read', async () => {
      for (const body of given.refused) {
        const error = await refusal(() => given.hook.beforeAccept(PUBLISHER, body));
        expect(error).toBeInstanceOf(PostriderError);
      }
    });

    it('observes what was accepted, also twice', async () => {
      const accepted: Accepted = {
        id: 'smmh2k0p1q7f3x9b2de0a',
        state: 'accepted',
        targets: [{ topic: 'user:ada', offset: 1, epoch: 'e', online: 0 }],
      };
      for (const body of given.accepted) {
        await given.hook.afterAccept(PUBLISHER, body, accepted);
        await given.hook.afterAccept(PUBLISHER, body, accepted);
      }
      expect(given.accepted.length).toBeGreaterThan(0);
    });
  });
}

async function refusal(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}
