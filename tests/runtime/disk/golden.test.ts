// A data directory with every kind of record and file, as bytes that must never change by accident: what is written
// today is compared with them, and they are read back. A new format gets a file of its own beside the old one, which
// stays readable. `UPDATE_GOLDEN=1` writes the file anew; a change in it is a change of format.
import * as fs from "node:fs";
import { asCluster, asGroup, asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { lifeNumber } from "../../../core/replica/life-number.ts";
import type { Identity } from "../../../core/replica/identity.ts";
import { openDataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import { openMemberStorage } from "../../../runtime/disk/member-storage.ts";
import type { MemberStorage } from "../../../runtime/disk/member-storage.ts";
import type { OwnSnapshot } from "../../../runtime/disk/snapshot-store.ts";
import { SimulatedDirectory } from "../../simulation/world/disk/simulated-directory.ts";
import { SimulatedFile } from "../../simulation/world/disk/simulated-file.ts";
import { base, DiskBench, entries, entry, idsOf, write } from "./disk-bench.ts";

/** As the first programs wrote it, and as it is written since a directory keeps the numbers of its latest lives. */
const FIRST = "tests/golden/data-directory-format-1.json";
const GOLDEN = "tests/golden/data-directory-format-1-lives.json";
const SECTOR = 512;

/** Non-zero sectors by offset, without the zeros at their ends. */
type GoldenFile = { readonly bytes: number; readonly sectors: Readonly<Record<string, string>> };
type Golden = Readonly<Record<string, GoldenFile>>;

const MEMBER = asMember("m1");
const PLACE = { ordinal: 0, address: "http://replica-1-0" };
const IDENTITY: Identity = {
  kind: "born",
  member: MEMBER,
  group: asGroup("1"),
  ordinal: 0,
  founding: { cluster: asCluster("0123456789abcdef"), group: asGroup("1"), members: [{ member: MEMBER, place: PLACE }] },
};
const MEMBERSHIP = { index: asIndex(0), voters: [MEMBER], outgoing: [], learners: [], removed: [], places: { m1: PLACE } };

function open(bench: DiskBench): { readonly directory: DataDirectory; readonly storage: MemberStorage } {
  const directory = bench.value<DataDirectory>((answer) => openDataDirectory({ files: bench.disk.boot(), path: "/data", mark: 0 }, answer));
  bench.value<null>((answer) =>
    directory.saveIdentity(IDENTITY, (problem) => (problem === null ? answer(null, null) : answer(problem, null))),
  );
  const limits = { segmentBytes: 4_096, frameBytesMax: 2_048 };
  const storage = bench.value<MemberStorage>((answer) =>
    openMemberStorage({ directory, member: MEMBER, limits, onFailure: () => undefined, observe: () => undefined }, answer),
  );
  return { directory, storage };
}

function writeEverything(): DiskBench {
  const bench = new DiskBench();
  const { storage } = open(bench);
  const { log } = storage.recovered;
  const append = (change: Parameters<typeof write>[0]): void => {
    log.append(write(change), () => undefined);
    bench.settle();
  };
  append({ hardState: { term: asTerm(1), vote: null }, metadata: { boots: { m2: 3 } }, entries: entries(1, 3) });
  append({ restartAfter: { base: base(10) }, hardState: { term: asTerm(2), vote: MEMBER } });
  append({ entries: [entry(11, 2), entry(12, 2, 1_000), entry(13, 2)] });
  append({ hardState: { term: asTerm(3), vote: asMember("m2") }, truncateFrom: asIndex(13), entries: entries(13, 14, 3) });
  const contents = { id: "m1-12", base: base(12, 2), membership: MEMBERSHIP, version: 1 };
  const own = bench.value<OwnSnapshot>((answer) => storage.snapshots.begin(contents, answer));
  own.append(new Uint8Array(100).fill(7), () => undefined);
  bench.value((answer) => own.commit(answer));
  append({ entries: [entry(15, 3, 1_200)] });
  log.trim(base(12, 2), () => undefined);
  bench.settle();
  return bench;
}

function goldenOf(bench: DiskBench): Golden {
  const files = bench.disk.files().map(([path, file]) => [path.slice("/data/".length), goldenFileOf(file)] as const);
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function goldenFileOf(file: SimulatedFile): GoldenFile {
  const sectors: Record<string, string> = {};
  for (let offset = 0; offset < file.size; offset += SECTOR) {
    const hex = Buffer.from(file.read(offset, SECTOR))
      .toString("hex")
      .replace(/(00)+$/, "");
    if (hex !== "") sectors[String(offset)] = hex;
  }
  return { bytes: file.size, sectors };
}

function diskOf(golden: Golden): DiskBench {
  const bench = new DiskBench();
  const data = new SimulatedDirectory();
  const folders = { log: new SimulatedDirectory(), snapshots: new SimulatedDirectory() };
  for (const [path, { bytes, sectors }] of Object.entries(golden)) {
    const file = new SimulatedFile();
    file.growTo(bytes);
    for (const [offset, hex] of Object.entries(sectors)) file.write(Number(offset), Buffer.from(hex, "hex"));
    const [folder, name] = path.split("/");
    if (folder === "log" || folder === "snapshots") folders[folder].set(name ?? "", file);
    else data.set(path, file);
  }
  for (const [name, folder] of Object.entries(folders)) data.set(name, folder);
  bench.disk.root.set("data", data);
  return bench;
}

const readGolden = (file = GOLDEN): Golden => JSON.parse(fs.readFileSync(file, "utf8")) as Golden;

test("what is written today has the bytes of format 1", () => {
  const written = goldenOf(writeEverything());
  if (process.env["UPDATE_GOLDEN"] === "1") fs.writeFileSync(GOLDEN, `${JSON.stringify(written, null, 2)}\n`);
  expect(written).toEqual(readGolden());
});

test.each([
  { file: FIRST, lives: [] },
  { file: GOLDEN, lives: [lifeNumber(1, 0)] },
])("the bytes of $file are read", ({ file, lives }) => {
  const { directory, storage } = open(diskOf(readGolden(file)));
  expect(directory.earlierLives).toEqual(lives);
  expect([directory.boot, directory.identity, directory.hasLog]).toEqual([2, IDENTITY, true]);
  const { recovered, snapshots } = storage;
  expect(recovered.hardState).toEqual({ term: 3, vote: "m2" });
  expect(recovered.metadata).toEqual({ boots: { m2: 3 } });
  expect(recovered.base).toEqual(base(12, 2));
  expect(idsOf(recovered.entries)).toEqual(["13/3", "14/3", "15/3"]);
  expect(recovered.entries[2]?.body).toEqual(new Uint8Array(1_200).fill(15));
  expect(snapshots.newest).toMatchObject({ id: "m1-12", base: base(12, 2), membership: MEMBERSHIP, version: 1, sizeBytes: 100 });
});
