import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupName } from "../../../../client/cli/backup/backup-names.ts";
import { sourceAt, targetAt } from "../../../../client/cli/backup/places.ts";

const NOW = Date.parse("2026-11-30T07:23:29Z");
const S3 = { FLOTILLA_S3_ENDPOINT: "http://s3:9000", FLOTILLA_S3_ACCESS_KEY: "a", FLOTILLA_S3_SECRET_KEY: "b" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-places-"));
  mkdirSync(join(folder, "backups"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const here = (path: string): string => join(folder, path);
const shownAt = (path: string): string => {
  const { home, name } = targetAt(here(path), {});
  return home.shown(name ?? "NEW");
};

test("a file that is not there is made, in a folder that is; in a folder each has a name of its own", () => {
  expect(shownAt("a.jsonl.gz")).toBe(here("a.jsonl.gz"));
  expect(shownAt("backups")).toBe(here("backups/NEW"));
  expect(shownAt("backups/")).toBe(here("backups/NEW"));
});

test("nothing is written over, and no folder is made", () => {
  writeFileSync(here("a"), "");
  expect(() => targetAt(here("a"), {})).toThrow(`there is a ${here("a")} already`);
  for (const path of ["none/", "none/b"]) expect(() => targetAt(here(path), {})).toThrow(`there is no folder ${here("none")}`);
});

test("of a folder the newest is meant, unless it is not said whose", async () => {
  await expect(sourceAt(here("backups"), {})).rejects.toThrow("there is no backup in");
  for (const ago of [1, 0, 2]) writeFileSync(here(`backups/${backupName("c", NOW - ago * 60_000)}`), "");
  const newest = here(`backups/${backupName("c", NOW)}`);
  expect((await sourceAt(here("backups"), {})).name).toBe(newest);
  expect((await sourceAt(newest, {})).name).toBe(newest);
  writeFileSync(here(`backups/${backupName("d", NOW - 1)}`), "");
  await expect(sourceAt(here("backups"), {})).rejects.toThrow("backups of 2 clusters");
  await expect(sourceAt(here("none"), {})).rejects.toThrow("there is no ");
});

test("of S3 it has to be known where it is, and as whom it is asked", () => {
  expect(() => targetAt("s3://bucket/some", {})).toThrow("where s3: is, is not known");
  expect(() => targetAt("s3://bucket/some", { ...S3, FLOTILLA_S3_SECRET_KEY: "" })).toThrow("FLOTILLA_S3_SECRET_KEY is not set");
  const { home, name } = targetAt("s3://bucket/some%20place", S3);
  expect([name, home.shown("b")]).toEqual([null, "s3://bucket/some%20place/b"]);
});
