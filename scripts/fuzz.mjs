// `npm run fuzz [-- options]`: builds what is stale and runs the fuzzer (docs/fuzzing.md).
import { runRig } from './lib/run-rig.mjs';

await runRig('test/fuzz/fuzz.ts');
