import { describe, expect, it } from '@jest/globals';
import type { ContractCase } from 'postrider/testing';

/** Runs the cases of a contract with Jest. */
export function describeContract(subject: string, port: string, cases: readonly ContractCase[]): void {
  describe(`${subject} as ${port}`, () => {
    it.each(cases)('$title', async ({ run }) => expect(run()).resolves.toBeUndefined());
  });
}
