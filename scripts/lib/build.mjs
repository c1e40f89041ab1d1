import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, tail } from './process.mjs';
import { ROOT } from './paths.mjs';
import { SetupError } from './setup.error.mjs';

const STAMP = join(ROOT, 'dist/.postrider-stamp');
const CONFIGURATION = ['tsconfig.json', 'nest-cli.json', 'package-lock.json'];

/** Builds `dist` when something it is made from differs from what it was made from. */
export async function ensureBuild(log, signal) {
  const wanted = digestOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  log('Building …');
  const nest = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
  const { code, output } = await capture(process.execPath, [nest, 'build'], { cwd: ROOT, signal });
  if (code !== 0) throw new SetupError(`The build failed:\n${tail(output, 40)}`);
  writeFileSync(STAMP, wanted);
}

function digestOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
  for (const path of [...sources, ...CONFIGURATION.map((name) => join(ROOT, name))]) {
    hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}
