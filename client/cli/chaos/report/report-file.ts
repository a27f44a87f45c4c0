// The file that the page of a run is written to. Whether it can be is found out before anything is broken, and if it can't in the end all
// the same, the verdict is told nevertheless.
import { closeSync, openSync, writeFileSync } from "node:fs";
import { UsageError } from "../../trouble.ts";

/** What is in it stays until there is another page. */
export function demandReportFile(path: string): void {
  try {
    closeSync(openSync(path, "a"));
  } catch (error) {
    throw new UsageError(problemOf(error), "name a file in a folder that is there and can be written: --report FILE");
  }
}

/** Why it could not be written; null: it was. */
export function writeReport(path: string, page: string): string | null {
  try {
    writeFileSync(path, page);
    return null;
  } catch (error) {
    return problemOf(error);
  }
}

const problemOf = (error: unknown): string => `the page can't be written: ${error instanceof Error ? error.message : String(error)}`;
