import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demandWritable } from "../../../../client/cli/chaos/jobs-folder.ts";
import { Trouble } from "../../../../client/cli/trouble.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "jobs-folder-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("a folder that can be made and written is taken, and nothing is left in it", () => {
  const folder = join(directory, "chaos");
  demandWritable(folder);
  expect(existsSync(folder)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test("one that can't is named, with what to set, and that is no verdict", () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  const trouble = ((): unknown => {
    try {
      demandWritable(join(file, "chaos"));
      return null;
    } catch (error) {
      return error;
    }
  })();
  expect(trouble).toBeInstanceOf(Trouble);
  expect(trouble).toMatchObject({ message: expect.stringContaining(file), next: expect.stringContaining("chaos.folder"), code: 2 });
});
