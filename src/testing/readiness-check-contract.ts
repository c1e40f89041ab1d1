import assert from 'node:assert/strict';
import type { ReadinessCheck, ReadinessResult } from '../index.js';
import { casesOf, type ContractCase } from './contract-case.js';

/** Check under test, once while it is ready and once while it is not. */
export interface ReadinessCheckSubject {
  ready(): ReadinessCheck | Promise<ReadinessCheck>;
  notReady(): ReadinessCheck | Promise<ReadinessCheck>;
}

const TIMEOUT_MS = 1_000;

/** Contract of every `ReadinessCheck`. */
export function readinessCheckContract(
  make: () => ReadinessCheckSubject | Promise<ReadinessCheckSubject>,
): readonly ContractCase[] {
  return casesOf(make, {
    'has a name that can be a key': async (subject) => {
      assert.match((await subject.ready()).name, /^[a-z][a-z0-9_-]{0,63}$/);
    },
    'says in time that it is ready': async (subject) => {
      assert.equal((await answerOf(await subject.ready())).ready, true);
    },
    'says in time that it is not ready, and why': async (subject) => {
      const { ready, detail, ...rest } = await answerOf(await subject.notReady());
      assert.deepEqual({ ready, detail: typeof detail, rest }, { ready: false, detail: 'string', rest: {} });
    },
  });
}

async function answerOf(check: ReadinessCheck): Promise<ReadinessResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: `No answer in ${TIMEOUT_MS} ms` })),
      TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([check.check(), late]);
  } finally {
    clearTimeout(timer);
  }
}
