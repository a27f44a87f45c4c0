import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderHome } from "../../../../client/cli/backup/folder-home.ts";

let folder: string;
let home: FolderHome;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-backups-"));
  home = new FolderHome(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Has no name until it is whole. */
async function* pieces(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) {
    await Promise.resolve();
    if (text === "fails") throw new Error("gone");
    expect(readdirSync(folder)).not.toContain("b");
    yield Buffer.from(text);
  }
}

test("what is kept has its name once it is whole, and is for its owner", async () => {
  expect(await home.keep("b", pieces("one", "two"))).toBe(6);
  expect(readdirSync(folder)).toEqual(["b"]);
  expect(readFileSync(join(folder, "b"), "utf8")).toBe("onetwo");
  expect(statSync(join(folder, "b")).mode & 0o777).toBe(0o600);
  expect([await home.has("b"), await home.has("c")]).toEqual([true, false]);
  const read: Buffer[] = [];
  for await (const piece of home.read("b")) read.push(piece);
  expect(Buffer.concat(read).toString()).toBe("onetwo");
});

test("what breaks off leaves nothing behind", async () => {
  await expect(home.keep("b", pieces("one", "fails"))).rejects.toThrow("gone");
  expect(readdirSync(folder)).toEqual([]);
});

test("what somebody was ended in is removed when it is abandoned, and nothing else is", async () => {
  const names = ["b", "b.0123abcd.unfinished", "c.0123abcd.unfinished", "b.unfinished"];
  for (const name of names) writeFileSync(join(folder, name), "");
  await home.removeUnfinished((name) => name === "b");
  expect(readdirSync(folder).sort()).toEqual(["b", "b.unfinished", "c.0123abcd.unfinished"]);
  await home.remove("b");
  expect((await home.names()).length).toBe(2);
});
