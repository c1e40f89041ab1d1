// `npm run build`: builds the server into `dist`, and the clients and the pages into their own
// `dist` folders.
import { build } from './lib/build.mjs';
import { main } from './lib/main.mjs';

await main(async ({ signal }) => {
  await build(signal);
  return 0;
});
