// Prints one line with the numbers of Jest's result files. A test file that could not even run counts as one failure; a
// run without any passed test, or without a result, fails.
import { readFileSync } from 'node:fs';

const NO_RESULT = {
  numPassedTests: 0,
  numFailedTests: 1,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

function resultOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return NO_RESULT;
  }
}

const results = process.argv.slice(2).map(resultOf);
const sum = (count) => results.map(count).reduce((a, b) => a + b, 0);
const passed = sum((result) => result.numPassedTests);
const failed = sum((result) => result.numFailedTests + result.numRuntimeErrorTestSuites);
const skipped = sum((result) => result.numPendingTests + result.numTodoTests);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
