// What docs/operations/ tells people to do, done as they do it: by its scripts, on the release of a case.
import { join } from "node:path";
import { Release } from "./release.ts";
import { runProgram } from "./run-program.ts";

const PROCEDURES = join(import.meta.dirname, "../../docs/operations");
/** Each has deadlines of its own. */
const DEADLINE_MS = 1_200_000;

/** Fails as it does; answers with what it said. */
export function follow(release: Release, script: string, args: readonly string[] = []): Promise<string> {
  const which = [`RELEASE=${Release.fullname}`, `NAMESPACE=${release.namespace}`];
  return runProgram("env", [...which, join(PROCEDURES, script), ...args], { deadlineMs: DEADLINE_MS });
}
