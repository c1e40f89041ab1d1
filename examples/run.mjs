// `node examples/run.mjs authenticator-opaque`: builds what is stale, compiles the examples and
// starts one with the environment of a server. Their package `postrider` is this checkout.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../scripts/lib/paths.mjs';
import { prepare } from '../scripts/lib/prepare.mjs';
import { describeError, SetupError } from '../scripts/lib/setup-error.mjs';

const COMPILED = join(ROOT, '.cache/compiled-examples');

try {
  const name = chosen(process.argv[2]);
  await prepare({ log: (line) => console.log(line), signal: new AbortController().signal });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'examples/tsconfig.json')], { stdio: 'inherit' });
  await import(pathToFileURL(join(COMPILED, name, 'main.js')).href);
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

/** @throws SetupError that lists the examples unless `name` is one of them. */
function chosen(name) {
  const names = readdirSync(join(ROOT, 'examples')).filter((one) => existsSync(join(ROOT, 'examples', one, 'main.ts')));
  if (names.includes(name)) return name;
  const given = name === undefined ? 'No example is named' : `There is no example ${name}`;
  throw new SetupError(`${given}: run \`node examples/run.mjs <name>\` with one of ${names.join(', ')}.`);
}
