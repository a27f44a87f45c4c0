// How a suite tells `make test` what it found: it is given `--results FILE` and writes its counts there, and what failed.
// Run by hand, without that option, it reports to nobody.
import { writeFileSync } from "node:fs";

export type SuiteReport = {
  readonly passed: number;
  readonly failed: number;
  /** What failed, a line or two for each: `make test` says them again at its end, where even a log cut short still has them. */
  readonly failures?: readonly string[];
};

export function reportSuite(file: string | undefined, { passed, failed, failures = [] }: SuiteReport): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify({ passed, failed, failures })}\n`);
}

/** A name and the first line of why. */
export function failureLine(name: string, reason: string): string {
  const [first = ""] = reason.trim().split("\n");
  return `${name}: ${first}`;
}
