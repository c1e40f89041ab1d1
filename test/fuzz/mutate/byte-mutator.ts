import type { Chance } from './chance.js';

const BROKEN_UTF8 = ['ff', 'c0af', 'eda080', 'f4908080', 'e282', '80', 'f8888080'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
const LONGEST = 300_000;

/** Mutates bytes without knowledge of their meaning. */
export function mutateBytes(bytes: Buffer, other: Buffer, chance: Chance): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (let count = chance.few(); count > 0; count--) mutated = step(mutated, other, chance).subarray(0, LONGEST);
  return mutated;
}

function step(bytes: Buffer, other: Buffer, chance: Chance): Buffer {
  const at = chance.below(bytes.length + 1);
  const insert = (inner: Buffer): Buffer => Buffer.concat([bytes.subarray(0, at), inner, bytes.subarray(at)]);
  const part = bytes.subarray(at, at + 1 + chance.below(40));
  switch (chance.below(8)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return bytes.subarray(at);
    case 2: {
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
      return bytes;
    }
    case 3:
      return insert(Buffer.concat(Array.from({ length: chance.pick([1, 2, 50, 2_000]) }, () => part)));
    case 4:
      return insert(chance.pick(BROKEN_UTF8));
    case 5:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(chance.below(other.length + 1))]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + part.length)]);
    default:
      return insert(
        Buffer.from(chance.pick(['\0', '\r\n', '"', '\\', '{', '[', ']', '}', ',', ':', ' ', '%', '\u2028'])),
      );
  }
}
