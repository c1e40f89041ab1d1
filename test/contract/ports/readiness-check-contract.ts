import { describe, expect, it } from '@jest/globals';
import type { ReadinessCheck } from '../../../src/index.js';
import { within } from '../../support/wait.js';

/** A check to be judged, in a state in which it is ready and in one in which it is not. */
export interface ReadinessCheckCase {
  ready(): ReadinessCheck | Promise<ReadinessCheck>;
  notReady(): ReadinessCheck | Promise<ReadinessCheck>;
}

const TIMEOUT_MS = 1_000;

/** What every `ReadinessCheck` has to do; call it in a spec of yours. */
export function describeReadinessCheck(name: string, given: ReadinessCheckCase): void {
  describe(`${name} as a ReadinessCheck`, () => {
    it('has a name that can be a key', async () => {
      expect((await given.ready()).name).toMatch(/^[a-z][a-z0-9_-]{0,63}$/);
    });

    it('says in time that it is ready', async () => {
      const check = await given.ready();
      expect(await within(check.check(), TIMEOUT_MS, 'the answer')).toMatchObject({ ready: true });
    });

    it('says in time that it is not, and why', async () => {
      const check = await given.notReady();
      expect(await within(check.check(), TIMEOUT_MS, 'the answer')).toEqual({
        ready: false,
        detail: expect.any(String),
      });
    });
  });
}
