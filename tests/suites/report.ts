// How a suite tells `make test` what it found: one small file in the folder that FLOTILLA_RESULTS names. Run by hand,
// without that variable, a suite reports to nobody.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type SuiteReport = {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
};

export function reportSuite(report: SuiteReport): void {
  const folder = process.env["FLOTILLA_RESULTS"];
  if (folder === undefined || folder === "") return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.suite}.json`), `${JSON.stringify(report)}\n`);
}
