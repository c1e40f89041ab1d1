// `node examples/run.mjs authenticator-opaque`: builds what is stale, compiles the examples and starts one, with the environment of a server.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../scripts/lib/paths.mjs';
import { prepare } from '../scripts/lib/prepare.mjs';
import { describeError, SetupError } from '../scripts/lib/setup-error.mjs';

const COMPILED = join(ROOT, '.cache/examples');
/** Read at run time, from the place that they have beside the compiled code. */
const READ_AT_RUN_TIME = ['package.json', 'web/dist', 'clients/js/dist'];

try {
  const name = chosen(process.argv[2]);
  await prepare({ log: (line) => console.log(line), signal: new AbortController().signal });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'examples/tsconfig.json')], { stdio: 'inherit' });
  cpSync(join(ROOT, 'src'), join(COMPILED, 'src'), { recursive: true, filter: (file) => !file.endsWith('.ts') });
  for (const path of READ_AT_RUN_TIME) cpSync(join(ROOT, path), join(COMPILED, path), { recursive: true });
  await import(pathToFileURL(join(COMPILED, 'examples', name, 'main.js')).href);
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

/** @throws SetupError with the names that there are, where `name` is none of them. */
function chosen(name) {
  const names = readdirSync(join(ROOT, 'examples')).filter((one) => existsSync(join(ROOT, 'examples', one, 'main.ts')));
  if (names.includes(name)) return name;
  const given = name === undefined ? 'No example is named' : `There is no example ${name}`;
  throw new SetupError(`${given}: run \`node examples/run.mjs <name>\` with one of ${names.join(', ')}.`);
}
