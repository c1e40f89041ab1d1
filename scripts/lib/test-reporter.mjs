import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { DefaultReporter, VerboseReporter } from '@jest/reporters';
import { ROOT } from './paths.mjs';

/**
 * Jest reporter that shows each file as it ends, the titles if only one file runs, and no summary:
 * `npm test` prints one for all its runs. Leaves `{passed, failures}` in the file named by
 * POSTRIDER_TEST_REPORT.
 */
export default class TestReporter {
  constructor(config) {
    this.config = config;
  }

  onRunStart(results, options) {
    const Reporter = results.numTotalTestSuites === 1 ? VerboseReporter : DefaultReporter;
    this.shown = new Reporter(this.config);
    this.shown.onRunStart(results, options);
  }

  onTestStart(test) {
    this.shown.onTestStart(test);
  }

  onTestCaseResult(test, result) {
    this.shown.onTestCaseResult(test, result);
  }

  onTestResult(test, result, results) {
    this.shown.onTestResult(test, result, results);
  }

  onRunComplete(_contexts, { numPassedTests, testResults }) {
    this.shown.onRunComplete();
    const failures = testResults.flatMap(({ testFilePath, testResults: tests, testExecError }) => {
      const file = relative(ROOT, testFilePath);
      const titles = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => `${file} › ${fullName}`);
      return titles.length === 0 && testExecError ? [`${file} could not run`] : titles;
    });
    writeFileSync(process.env.POSTRIDER_TEST_REPORT, JSON.stringify({ passed: numPassedTests, failures }));
  }
}
