// The folder in which word counts lie. Where nothing can be written, no job would succeed, and the cluster would not be to blame.
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { Trouble } from "../trouble.ts";
import { EXIT_CODE_OF_VERDICT } from "./verdict.ts";

/** Throws with what to set. */
export function demandWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    rmdirSync(mkdtempSync(join(folder, "probe-")));
  } catch (error) {
    throw new Trouble(
      `the folder for word counts can't be written: ${error instanceof Error ? error.message : String(error)}`,
      "choose another that workers see, too: --shared DIR, or chaos.folder of the chart (none: no words are counted)",
      EXIT_CODE_OF_VERDICT.unchecked,
    );
  }
}
