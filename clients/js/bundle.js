// Bundles the files that pages load without a bundler: the client, and each part that it loads on
// demand.
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Source of each file in `dist`. */
export const FILES = { postrider: 'index', storage: 'storage', refusal: 'refusal' };

/**
 * Parts that stay outside the client's bundle. They import nothing of it, which would load the
 * client a second time.
 */
const PARTS = ['./storage.js', './refusal.js'];

/** Bundles one file. @returns its code. */
export async function bundle(name, write) {
  const { output } = await build({
    input: { [name]: path(`src/${FILES[name]}.ts`) },
    external: PARTS,
    transform: { target: 'es2022' },
    write,
    output: { dir: path('dist'), format: 'es', minify: true, comments: false },
  });
  return output[0].code;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await Promise.all(Object.keys(FILES).map((name) => bundle(name, true)));
