import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BROKEN_BUILDS } from "./broken-builds.ts";

test("docs/chaos.md names every broken build and its faults", () => {
  const text = readFileSync(join(__dirname, "../../../docs/chaos.md"), "utf8");
  for (const { name, faults } of BROKEN_BUILDS) {
    const row = text.split("\n").find((line) => line.startsWith(`| ${name}`)) ?? "";
    for (const fault of faults) expect(row).toContain(`\`${fault}\``);
  }
});
