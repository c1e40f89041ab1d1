// `node examples/html/serve.mjs [folder] [port]`: serves a folder on http://localhost:8080, for
// pages on this machine.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';

const [folder = import.meta.dirname, port = '8080'] = process.argv.slice(2);
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const root = resolve(folder);

const server = createServer(({ url = '/' }, response) => {
  const [path = '/'] = url.split('?');
  // Browsers request it on their own.
  if (path === '/favicon.ico') return response.writeHead(204).end();
  const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
  const found = file.startsWith(root + sep) && statSync(file, { throwIfNoEntry: false })?.isFile();
  response.writeHead(found ? 200 : 404, { 'content-type': `${TYPES[extname(file)] ?? 'text/plain'}; charset=utf-8` });
  if (found) createReadStream(file).pipe(response);
  else response.end('Not found');
});
server.listen(Number(port), 'localhost', () => console.log(`Serving ${root} on http://localhost:${port}`));
