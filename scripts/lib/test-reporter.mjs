import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { DefaultReporter, VerboseReporter } from '@jest/reporters';
import { ROOT } from './paths.mjs';

/**
 * Adds a running count to the line of each file.
 * @param {typeof DefaultReporter} Reporter
 */
const counting = (Reporter) =>
  class extends Reporter {
    total = 0;
    finished = 0;
    prefix = '';

    /** @override @type {DefaultReporter['onRunStart']} */
    onRunStart(results, options) {
      this.total = results.numTotalTestSuites;
      super.onRunStart(results, options);
    }

    /** @override @type {DefaultReporter['printTestFileHeader']} */
    printTestFileHeader(path, config, result) {
      this.finished++;
      this.prefix = `[${String(this.finished).padStart(String(this.total).length)}/${this.total}] `;
      super.printTestFileHeader(path, config, result);
    }

    /** @override @param {string} message */
    log(message) {
      super.log(this.prefix + message);
      this.prefix = '';
    }
  };

/**
 * Jest reporter that shows each file as it ends, and the titles if there is only one file. It
 * prints no summary, because `npm test` does. It writes `{passed, failures}` to the file named by
 * POSTRIDER_TEST_REPORT.
 */
export default class TestReporter {
  /** @param {import('@jest/types').Config.GlobalConfig} config */
  constructor(config) {
    this.config = config;
  }

  /** @type {DefaultReporter['onRunStart']} */
  onRunStart(results, options) {
    const Reporter = counting(results.numTotalTestSuites === 1 ? VerboseReporter : DefaultReporter);
    this.shown = new Reporter(this.config);
    this.shown.onRunStart(results, options);
  }

  /** @type {DefaultReporter['onTestStart']} */
  onTestStart(test) {
    this.shown?.onTestStart(test);
  }

  /** @type {DefaultReporter['onTestCaseResult']} */
  onTestCaseResult(test, result) {
    this.shown?.onTestCaseResult(test, result);
  }

  /** @type {DefaultReporter['onTestResult']} */
  onTestResult(test, result, results) {
    this.shown?.onTestResult(test, result, results);
  }

  /**
   * @param {Set<import('@jest/reporters').TestContext>} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, { numPassedTests, testResults }) {
    this.shown?.onRunComplete();
    const failures = testResults.flatMap(({ testFilePath, testResults: tests, testExecError }) => {
      const file = relative(ROOT, testFilePath);
      const titles = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => `${file} › ${fullName}`);
      return titles.length === 0 && testExecError ? [`${file} could not run`] : titles;
    });
    writeFileSync(process.env.POSTRIDER_TEST_REPORT ?? '', JSON.stringify({ passed: numPassedTests, failures }));
  }
}
