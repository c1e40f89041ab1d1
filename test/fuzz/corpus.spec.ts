import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCorpus } from './corpus.js';
import { FuzzRig } from './fuzz-rig.js';

describe('the server survives input that once broke it or breaks other servers:', () => {
  let rig: FuzzRig;

  beforeAll(async () => {
    rig = await FuzzRig.start();
  });

  afterAll(() => rig?.close());

  it.each(readCorpus())('$name', async ({ target: name, inputs }) => {
    const target = rig.targets().find((candidate) => candidate.name === name);
    if (!target) throw new Error(`no target ${name}`);
    for (const [n, input] of inputs.entries()) {
      const { answers, fault } = await target.send(input);
      expect({ n, answers, fault, ofProcess: rig.fault() }).toEqual({
        n,
        answers,
        fault: undefined,
        ofProcess: undefined,
      });
    }
    target.reset();
    expect(await rig.controlFault()).toBeUndefined();
  });
});
