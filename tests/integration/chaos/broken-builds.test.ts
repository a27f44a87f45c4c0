import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BROKEN_BUILDS, SOUND } from "./broken-builds.ts";

const text = readFileSync(join(__dirname, "../../../docs/chaos.md"), "utf8");

test.each([SOUND, ...BROKEN_BUILDS].map(({ name }) => name))("the track record in docs/chaos.md has a row for: %s", (name) => {
  expect(text.split("\n").filter((line) => line.startsWith(`| ${name} `))).toHaveLength(1);
});
