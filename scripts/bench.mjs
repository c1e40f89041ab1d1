// `npm run bench [-- options]`: builds what is stale and runs the benchmark (docs/benchmark.md).
import { runRig } from './lib/run-rig.mjs';

await runRig('bench/bench.ts');
