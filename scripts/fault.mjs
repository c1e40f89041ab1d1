// `npm run fault [-- options]`: builds what is stale and runs the fault matrix
// (docs/fault-matrix.md).
import { runRig } from './lib/run-rig.mjs';

await runRig('test/fault/fault.ts');
