// The chart as a part of another one, which switches it on and off (condition) and says things to all of its parts (global).
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHART, render } from "./render.ts";

const SCRATCH = join(import.meta.dirname, "../../.tmp");
const WHOLE = `apiVersion: v2
name: whole
version: 1.0.0
dependencies:
  - { name: flotilla, version: "*", condition: flotilla.enabled }
`;

/** `set`: as after --set. Answers with what is wrong, or null. */
export function isAPart(set: string, wanted: "rendered" | "left out"): string | null {
  mkdirSync(SCRATCH, { recursive: true });
  const whole = mkdtempSync(join(SCRATCH, "whole-"));
  try {
    writeFileSync(join(whole, "Chart.yaml"), WHOLE);
    cpSync(CHART, join(whole, "charts/flotilla"), { recursive: true });
    const rendered = render(["--set", set], whole);
    if (rendered.kind === "refused") return rendered.why;
    const found = rendered.objects.some(({ kind }) => kind === "StatefulSet") ? "rendered" : "left out";
    return found === wanted ? null : `it is ${found}`;
  } finally {
    rmSync(whole, { recursive: true, force: true });
  }
}
