// `npm run size -w clients/js`: how big the client is that pages load.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** Most that pages load; docs/adr/0017-size-of-the-client.md says why. */
const MAX_BYTES = 11.5 * 1_024;

const configFile = fileURLToPath(new URL('vite.config.js', import.meta.url));
const [{ output }] = await build({ configFile, build: { write: false } });
const { code } = output.find(({ name }) => name === 'postrider');
const gzipBytes = gzipSync(code, { level: 9 }).length;
console.log(`postrider.js: ${code.length} bytes minified, ${gzipBytes} of ${MAX_BYTES} bytes compressed`);
if (gzipBytes > MAX_BYTES) process.exitCode = 1;
