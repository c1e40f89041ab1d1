import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { ROOT } from './paths.mjs';

const DIST = join(ROOT, 'dist');
const BUNDLE = join(DIST, 'bundle');
/** Optional packages of Nest and others that this server does not use. */
const UNUSED = [
  '@fastify/multipart',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/platform-socket.io',
  'bufferutil',
  'class-transformer',
  'class-validator',
  'pg',
  'utf-8-validate',
];
/** Packages left out of the bundle: a page's files, and code that only tracing loads. */
const APART = ['@bull-board/ui', /^@opentelemetry\/(?!api$)/];
/** Definitions for CommonJS packages that use `require` and `__dirname` at run time. */
const COMMON_JS =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;";

/** Plugin that makes each module find the files beside it at their original place. */
const urls = {
  name: 'urls',
  /** @param {string} id */
  load(id) {
    if (!id.startsWith(DIST)) return undefined;
    const url = `new URL(${JSON.stringify(relative(BUNDLE, id))}, import.meta.url).href`;
    const map = `${id}.map`;
    return {
      code: readFileSync(id, 'utf8').replaceAll('import.meta.url', url),
      ...(existsSync(map) && { map: readFileSync(map, 'utf8') }),
    };
  },
};

/**
 * Bundles the built server and its packages into a few files, with the entry `dist/bundle/main.js`.
 * This saves finding and reading some 2,300 files at each start
 * (docs/adr/0021-one-file-to-start.md).
 */
export async function bundle() {
  await build({
    input: join(DIST, 'main.js'),
    cwd: ROOT,
    platform: 'node',
    external: (id) => [...UNUSED, ...APART].some((one) => (one instanceof RegExp ? one.test(id) : isOf(id, one))),
    output: { dir: BUNDLE, format: 'esm', sourcemap: true, keepNames: true, banner: COMMON_JS },
    plugins: [urls],
    logLevel: 'silent',
  });
}

/** @param {string} id @param {string} name */
const isOf = (id, name) => id === name || id.startsWith(`${name}/`);

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
