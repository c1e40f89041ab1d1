// `npm run model [-- --deep] [name …]`: checks the models of docs/models.md with Spin, one line
// each. `--deep` adds those that take minutes. Exits with 1 if a model that must hold fails, or one
// that must fail holds.
import { CASES, checkModel } from './lib/models.mjs';
import { main } from './lib/main.mjs';
import { findProgram } from './lib/process.mjs';

await main(async ({ args, log, signal }) => {
  const missing = ['spin', 'gcc'].filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) {
    console.error(
      `${missing.join(' and ')} not found, so no model was checked (Debian: apt-get install spin gcc libc6-dev).`,
    );
    return 1;
  }
  const names = args.filter((arg) => !arg.startsWith('-'));
  const wanted = CASES.filter(({ model, deep }) => {
    return (names.length === 0 || names.includes(model)) && (!deep || args.includes('--deep'));
  });
  let wrong = 0;
  for (const one of wanted) {
    const { holds, states, depth, ms, fault } = await checkModel(one, signal);
    const right = holds === one.holds;
    if (!right) wrong++;
    const verdict = holds ? 'holds' : `fails: ${fault ?? 'a fault'}`;
    const title = [one.model, ...one.switches].join(' ');
    log(
      `${right ? 'ok  ' : 'BAD '} ${title.padEnd(34)} ${String(states).padStart(9)} states  depth ${String(depth).padStart(4)} ` +
        `${(ms / 1000).toFixed(1).padStart(6)} s  ${verdict}${right ? '' : `, but must ${one.holds ? 'hold' : 'fail'}`}`,
    );
  }
  log(`${wanted.length - wrong} of ${wanted.length} models as they must be`);
  return wanted.length > 0 && wrong === 0 ? 0 : 1;
});
