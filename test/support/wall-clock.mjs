// Loaded into a server by `--import`: shifts its wall clock by the milliseconds in the file
// `WALL_CLOCK_FILE`, which may change at any time. The monotonic clock is unaffected, as when the
// clock of a machine is set.
import { readFileSync } from 'node:fs';

const Real = Date;
const file = process.env['WALL_CLOCK_FILE'];
let aheadMs = 0;

const read = () => {
  const text = readFileSync(file, 'utf8');
  if (text !== '') aheadMs = Number(text);
};
read();
setInterval(read, 20).unref();

globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length > 0) super(...given);
    else super(Real.now() + aheadMs);
  }

  static now() {
    return Real.now() + aheadMs;
  }
};
