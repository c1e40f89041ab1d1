import { writeFileSync } from 'node:fs';

/** A Jest reporter that leaves `{passed, failed}` in the file named by POSTRIDER_TEST_COUNTS. */
export default class CountsReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const counts = { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
    writeFileSync(process.env.POSTRIDER_TEST_COUNTS, JSON.stringify(counts));
  }
}
