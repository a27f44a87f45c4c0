// A process that runs one test after the other, each with one mutant in it or without any: see test-processes.ts. It says when a test has
// left something behind that still goes on, because the next one could be blamed for that.
import { join } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { readConfig } from "jest-config";
import TestRunner from "jest-runner";
import Runtime from "jest-runtime";
import { MUTANT_VARIABLE } from "./mutant.ts";

const ROOT = join(import.meta.dirname, "../..");
const NOBODY_INTERRUPTS = { isInterrupted: () => false };

const { globalConfig, projectConfig } = await readConfig({ $0: "jest", _: [], config: join(import.meta.dirname, "jest.config.js") }, ROOT);
const context = await Runtime.createContext(projectConfig, { maxWorkers: 1, watchman: false });

process.on("message", (request) => {
  void answer(request).then((said) => process.send(said));
});

async function answer(request) {
  const before = process.getActiveResourcesInfo();
  const said = await run(request);
  await setImmediate();
  // Timers, sockets, children: whatever could make something happen later.
  const isClean = process.getActiveResourcesInfo().every((resource) => before.includes(resource));
  return { ...said, isClean };
}

async function run({ path, pattern, mutant }) {
  process.env[MUTANT_VARIABLE] = mutant === null ? "" : JSON.stringify(mutant);
  const runner = new TestRunner({ ...globalConfig, testNamePattern: pattern }, {});
  const said = { report: null, trouble: "it said nothing" };
  runner.on("test-file-success", ([, { numPassingTests, numFailingTests, testResults, failureMessage }]) => {
    const tests = testResults.map(({ status, fullName, duration }) => ({ status, fullName, duration }));
    said.report = {
      numPassedTests: numPassingTests,
      numFailedTests: numFailingTests,
      testResults: [{ name: join(ROOT, path), assertionResults: tests }],
    };
    said.trouble = failureMessage ?? "";
  });
  runner.on("test-file-failure", ([, error]) => {
    said.trouble = `${error.message}\n${error.stack}`;
  });
  await runner.runTests([{ context, path: join(ROOT, path) }], NOBODY_INTERRUPTS, { serial: true });
  return said;
}
