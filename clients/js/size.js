// `npm run size -w clients/js`: sizes of the files that pages load.
import { gzipSync } from 'node:zlib';
import { FILES, bundle } from './bundle.js';

/**
 * Largest size of the core, minified and compressed; docs/adr/0017-size-of-the-client.md gives the
 * reasons.
 */
const MAX_BYTES = 10 * 1_024;

const sizes = await Promise.all(
  Object.keys(FILES).map(async (name) => {
    const code = await bundle(name, false);
    return { name, minified: code.length, compressed: gzipSync(code, { level: 9 }).length };
  }),
);
for (const { name, minified, compressed } of sizes) {
  const bound = name === 'postrider' ? ` of ${MAX_BYTES}` : '';
  console.log(`${name}.js: ${minified} bytes minified, ${compressed}${bound} bytes compressed`);
  if (bound && compressed > MAX_BYTES) process.exitCode = 1;
}
