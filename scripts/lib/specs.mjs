import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import jest from '../../jest.config.js';
import { ROOT } from './paths.mjs';

const SPEC = /\.spec\.ts$/;
const IGNORED = /(^|[\\/])(node_modules|dist)[\\/]/;

/**
 * Lists the spec files whose path from the root matches one of the patterns, or all of them without
 * patterns. Jest's own listing takes as long as a small test.
 * @param {readonly string[]} patterns regular expressions
 */
export function listSpecs(patterns) {
  const wanted = patterns.map((pattern) => new RegExp(pattern.replace(/^\.\//, '')));
  return jest.roots
    .map((root) => root.replace('<rootDir>/', ''))
    .flatMap((root) =>
      readdirSync(join(ROOT, root), { recursive: true, encoding: 'utf8' }).map((path) => join(root, path)),
    )
    .filter((path) => SPEC.test(path) && !IGNORED.test(path))
    .filter((path) => wanted.length === 0 || wanted.some((pattern) => pattern.test(path)))
    .toSorted();
}
