/** Prints `N passed, N failed` from vitest's JSON report: the last line of .ci/run. Fails if no test passed. */
import { readFileSync } from "node:fs";

const report = readReport(process.argv[2]);
// A file that cannot be loaded has no tests to count; it counts as one that failed.
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
);
const failed = report.numFailedTests + unloaded.length;
for (const { name, message } of unloaded) console.log(`did not run: ${name}: ${message.split("\n")[0]}`);
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = report.numPassedTests > 0 && failed === 0 ? 0 : 1;

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    console.log(`no test report: ${error.message}`);
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}
