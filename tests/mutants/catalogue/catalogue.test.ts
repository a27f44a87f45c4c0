import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rewrite } from "../mutant.ts";
import type { Catcher } from "../mutant.ts";
import { CATALOGUE } from "./catalogue.ts";

const ROOT = join(__dirname, "../../..");

test.each(CATALOGUE)("$failureClass, $name: fits its source", (mutant) => {
  const source = readFileSync(join(ROOT, mutant.file), "utf8");
  expect(rewrite(source, mutant)).not.toBeNull();
  expect(rewrite(source, mutant)).not.toBe(source);
  expect(mutant.caughtBy.filter(isNowhere)).toEqual([]);
});

const PUT_BACK = Array.from({ length: 59 }, (_, i) => `F${i + 1}`);

test.each(PUT_BACK)("%s, a failure class of consensus, disk or store, is put back", (failureClass) => {
  expect(CATALOGUE.map((mutant): string => mutant.failureClass)).toContain(failureClass);
});

test.each(PUT_BACK.slice(0, 38))("%s, of consensus and disk, has a scenario", (failureClass) => {
  const names = readdirSync(join(ROOT, "tests/scenarios"), { recursive: true, encoding: "utf8" });
  const prefix = `f${failureClass.slice(1).padStart(2, "0")}-`;
  expect(names.filter((name) => name.endsWith(".txt") && basename(name).startsWith(prefix))).not.toEqual([]);
});

test("no two have one name: records are kept under it", () => {
  expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
});

/** Paths that are no whole names are patterns, and a pattern that fits nothing is found when it is tried. */
function isNowhere(catcher: Catcher): boolean {
  return catcher.kind === "jest" && catcher.path.endsWith(".ts") && !existsSync(join(ROOT, catcher.path));
}
