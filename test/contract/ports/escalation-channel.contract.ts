import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Escalation, EscalationChannel } from '../../../src/index.js';
import { within } from '../../support/wait.js';

/** A channel to be judged. */
export interface EscalationChannelCase {
  readonly channel: EscalationChannel;
  /** Makes the next calls fail, where a channel can. */
  breakDown?(): void;
}

const TIMEOUT_MS = 10_000;
const ESCALATION: Escalation = {
  key: 'smmh2k0p1q7f3x9b2de0a/0',
  app: 'main',
  notification: 'smmh2k0p1q7f3x9b2de0a',
  topic: 'user:ada',
  type: 'order.shipped',
  data: { order: 4711 },
  metadata: {},
  afterMs: 60_000,
};

/** What every `EscalationChannel` has to do; call it in a spec of yours. */
export function describeEscalationChannel(
  name: string,
  make: () => EscalationChannelCase | Promise<EscalationChannelCase>,
): void {
  describe(`${name} as an EscalationChannel`, () => {
    let given: EscalationChannelCase;

    beforeEach(async () => {
      given = await make();
    });

    it('has a name that a publisher can write', () => {
      expect(given.channel.name).toMatch(/^\P{Cc}{1,256}$/u);
    });

    it('resolves when it is done, and again for a repetition', async () => {
      for (let tries = 0; tries < 2; tries++) {
        await expect(within(given.channel.escalate(ESCALATION), TIMEOUT_MS, 'done')).resolves.toBeUndefined();
      }
    });

    it('rejects when it could not', async () => {
      given.breakDown?.();
      const outcome = given.channel.escalate(ESCALATION).then(
        () => 'done',
        () => 'rejected',
      );
      expect(await outcome).toBe(given.breakDown ? 'rejected' : 'done');
    });
  });
}
