import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

/** F19 is about reads of old revisions, which there are none of here. */
const OF_CONSENSUS = Array.from({ length: 38 }, (_, i) => `F${String(i + 1)}`).filter((failureClass) => failureClass !== "F19");

test("every failure class of consensus, disk and membership has at least one", () => {
  const present = new Set(CATALOGUE.map(({ failureClass }): string => failureClass));
  expect(OF_CONSENSUS.filter((failureClass) => !present.has(failureClass))).toEqual([]);
});

test("no two have one name: records are kept under it", () => {
  expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
});

const OF_THE_STORE = Array.from({ length: 21 }, (_, i) => `F${39 + i}`);

test.each(OF_THE_STORE)("%s, a failure class of the store, is put back", (failureClass) => {
  expect(CATALOGUE.map((mutant): string => mutant.failureClass)).toContain(failureClass);
});

/** Paths that are no whole names are patterns, and a pattern that fits nothing is found when it is tried. */
function isNowhere(catcher: Catcher): boolean {
  return catcher.kind === "jest" && catcher.path.endsWith(".ts") && !existsSync(join(ROOT, catcher.path));
}
