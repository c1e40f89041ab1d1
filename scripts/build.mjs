// `npm run build`: the server into `dist`, the clients and the pages into a `dist` of their own.
import { build } from './lib/build.mjs';
import { describeError } from './lib/setup-error.mjs';
import { stopSignal } from './lib/signals.mjs';

const signal = stopSignal();
try {
  await build(signal);
} catch (error) {
  if (!signal.aborted) console.error(describeError(error));
  process.exitCode = 1;
}
