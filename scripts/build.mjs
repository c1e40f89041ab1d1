// `npm run build`: builds the server into `dist`, the clients and the pages each into their own
// `dist`.
import { build } from './lib/build.mjs';
import { main } from './lib/main.mjs';

await main(async ({ signal }) => {
  await build(signal);
  return 0;
});
