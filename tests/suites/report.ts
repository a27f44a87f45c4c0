// How a suite tells `make test` what it found: it is given `--results FILE` and writes its counts there. Run by hand,
// without that option, it reports to nobody.
import { writeFileSync } from "node:fs";

export type SuiteReport = { readonly passed: number; readonly failed: number };

export function reportSuite(file: string | undefined, { passed, failed }: SuiteReport): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify({ passed, failed })}\n`);
}
