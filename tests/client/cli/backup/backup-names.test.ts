import { backupName, backupsAmong, isAbandoned, readBackupName, tooOld } from "../../../../client/cli/backup/backup-names.ts";

const AT = Date.parse("2026-11-30T07:23:29.123Z");
const DAY = 86_400_000;
const days = (cluster: string, ...ago: readonly number[]): readonly string[] => ago.map((each) => backupName(cluster, AT - each * DAY));

test("a backup is called by its cluster and by when it was begun", () => {
  const name = backupName("4b1c-77", AT);
  expect(name).toBe("flotilla-4b1c-77-20261130T072329Z.jsonl.gz");
  expect(readBackupName(name)).toEqual({ name, cluster: "4b1c-77", begunAtMs: Math.floor(AT / 1_000) * 1_000 });
});

test("whatever a cluster is called, its backups have a name that a file may have", () => {
  expect(readBackupName(backupName("a/b c", AT))?.cluster).toBe("a_b_c");
});

test.each([
  "flotilla.jsonl.gz",
  "flotilla-c-20261130.jsonl.gz",
  "flotilla-c-20269930T072329Z.jsonl.gz",
  "old-flotilla-c-20261130T072329Z.jsonl.gz",
])("%s is none", (name) => expect(readBackupName(name)).toBeNull());

test("the newest comes first", () => {
  expect(backupsAmong(["notes", ...days("c", 3, 0, 7)]).map(({ name }) => name)).toEqual(days("c", 0, 3, 7));
});

test("too old is what there is more of, of this cluster only", () => {
  const names = ["notes", ...days("c", 4, 2, 0, 3, 1), ...days("d", 9, 8), `${backupName("c", 0)}.0123abcd.unfinished`];
  expect(tooOld(names, "c", 3)).toEqual(days("c", 3, 4));
  expect(tooOld(names, "c", 5)).toEqual([]);
  expect(tooOld(names, "c", 0)).toHaveLength(5);
});

test("abandoned is what this cluster began before anybody could be still at it", () => {
  const [old = "", young = ""] = days("c", 2, 0);
  expect([old, young, ...days("d", 2), "notes"].filter((name) => isAbandoned(name, "c", AT - DAY))).toEqual([old]);
});
