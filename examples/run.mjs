// `node examples/run.mjs authenticator-opaque`: compiles the examples and starts one, with the environment of a server.
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const [name = ''] = process.argv.slice(2);
execFileSync(process.execPath, [path('../node_modules/typescript/bin/tsc'), '-p', path('tsconfig.json')], {
  stdio: 'inherit',
});
// Scripts and pages are read from beside the compiled code.
cpSync(path('../src'), path('../.cache/examples/src'), { recursive: true, filter: (file) => !file.endsWith('.ts') });
await import(`../.cache/examples/examples/${name}/main.js`);
