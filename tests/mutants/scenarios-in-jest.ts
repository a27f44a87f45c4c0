// Every scenario as a test of jest's, for the processes in which mutants are tried one after the other (test-process.ts). They ask for it by
// its path; jest itself does not find it, because `make scenarios` plays them all.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runScenario } from "../scenarios/run-scenario.ts";
import { formatScenario, parseScenario } from "../scenarios/scenario-file.ts";

const FOLDER = join(__dirname, "../scenarios");
const FILES = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".txt"));

test.each(FILES)("%s", (file) => {
  const text = readFileSync(join(FOLDER, file), "utf8");
  // What differs, `make scenarios` says.
  if (formatScenario(runScenario(parseScenario(text))) !== text) throw new Error("another trace");
});
