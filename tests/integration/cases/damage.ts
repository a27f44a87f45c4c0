// Each damage of a data directory is found when the member starts, told from what a crash leaves behind, and said in one
// line that names the file and, where there is one, the byte. Nothing is guessed and nothing changed.
import { cpSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LocalReplica } from "../../../client/cli/local-replica.ts";
import { KvClient } from "../../../client/kv-client.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { EXIT_CODES } from "../../../runtime/exit-codes.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { productOf } from "../bundled.ts";
import { FAST_STARTS, TestCluster } from "../test-cluster.ts";

const IDENTITY = "identity.json";
const SECTOR_BYTES = 512;
const WRITES = 250;
/** Larger than a sector, so that a part of its frame can be missing. */
const LAST_VALUE_BYTES = 60_000;
const STARTS_MS = 15_000;

type Damaged = {
  readonly name: string;
  readonly damage: (directory: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the last words must contain; the directory stands for {}. */
  readonly says: readonly string[];
};

const DAMAGES: readonly Damaged[] = [
  {
    name: "a flipped bit in the middle of the log",
    damage: (directory) => flipBit(logFile(directory), 4 * SECTOR_BYTES + 100),
    says: ["{}/log/0000000001.segment at byte ", "Nothing was changed", "empty this member's data directory"],
  },
  {
    name: "a flipped bit in a snapshot",
    damage: (directory) => flipBit(join(directory, "snapshots", snapshotIn(directory)), 100),
    says: ["{}/snapshots/", " at byte ", "the checksum of a block of the snapshot is wrong"],
  },
  {
    name: "a flipped bit in the identity",
    damage: (directory) => flipBit(join(directory, IDENTITY), 20),
    says: ["{}/identity.json: ", "checksum"],
  },
  {
    name: "a log that is gone",
    damage: (directory) => rmSync(join(directory, "log"), { recursive: true }),
    says: ["{}/log: the log is missing"],
  },
  {
    name: "an identity that is gone",
    damage: (directory) => rmSync(join(directory, IDENTITY)),
    says: ["{}/identity.json: this file is missing, although there is something in log/"],
  },
  {
    name: "a newer layout",
    damage: (directory) => editIdentity(directory, (record) => ({ ...record, layout: 2 })),
    says: ["the data directory has layout 2, this program knows 1", "Start the newer version again"],
  },
  {
    name: "a newer format of the log",
    damage: (directory) => raiseFrameFormat(logFile(directory)),
    says: ["{}/log/0000000001.segment at byte ", "Start the newer version again"],
  },
  {
    name: "the log of another member",
    damage: (directory) => editIdentity(directory, (record) => ({ ...record, identity: { ...record.identity, member: "somebody-else" } })),
    says: ["{}/", "Check which data directory (volume) was given to this member"],
  },
  {
    name: "the directory of another place",
    damage: () => undefined,
    environment: { FLOTILLA_ORDINAL: "1", FLOTILLA_HTTP_PORT: "" },
    says: ["the data directory belongs to ordinal 0, the configuration says ordinal 1"],
  },
  {
    name: "the directory of another group",
    damage: () => undefined,
    environment: { FLOTILLA_GROUP: "2" },
    says: ["the data directory belongs to group 1, the configuration says group 2"],
  },
  {
    name: "the directory of another cluster",
    damage: () => undefined,
    environment: { FLOTILLA_CLUSTER: "another" },
    says: ["the data directory belongs to cluster ", ", the configuration says cluster another"],
  },
];

export const damage: TestCase = {
  name: "every damage of a data directory is found, told apart and named",
  run: async ({ directory, say }) => {
    const cluster = await TestCluster.create({
      directory,
      environment: { FLOTILLA_SNAPSHOT_ENTRIES: "100", FLOTILLA_TRAILING_ENTRIES: "50" },
    });
    try {
      cluster.startAll();
      await writeMuch(cluster);
      await cluster.kill(...cluster.ordinals);
      for (const each of DAMAGES) await checkRefused(cluster, each);
      await checkTornTail(cluster);
      say(`${DAMAGES.length} damages refused, a torn tail cut off`);
    } finally {
      await cluster.stop();
    }
  },
};

async function writeMuch(cluster: TestCluster): Promise<void> {
  const client = new KvClient({ endpoints: cluster.group.origins, deadlineMs: 20_000 });
  for (let i = 0; i < WRITES; i++) check((await client.put(`key-${i}`, "x".repeat(300))).kind === "done", `write ${i} is acknowledged`);
  await eventually("a snapshot is taken", () => (snapshotsOf(cluster.replica(0).dataDir).length > 0 ? true : null));
  check((await client.put("last", "y".repeat(LAST_VALUE_BYTES))).kind === "done", "the last write is acknowledged");
  await client.close();
  await cluster.untilWhole();
}

async function checkRefused(cluster: TestCluster, { name, damage, environment = {}, says }: Damaged): Promise<void> {
  const replica = copyOf(cluster, name, environment);
  damage(replica.dataDir);
  const before = contentOf(replica.dataDir);
  replica.start();
  const exit = await Promise.race([replica.exit, late(STARTS_MS)]);
  if (exit === null) await replica.stop(0);
  check(
    exit?.code === EXIT_CODES.needsPerson,
    `${name}: ends with ${EXIT_CODES.needsPerson}, not ${JSON.stringify(exit)}; see ${replica.logFile}`,
  );
  for (const text of says) {
    const wanted = text.replace("{}", replica.dataDir);
    check(exit.lastWords.includes(wanted), `${name}: says ${JSON.stringify(wanted)}, not ${JSON.stringify(exit.lastWords)}`);
  }
  check(exit.lastWords.split("\n").length === 1, `${name}: says it in one line`);
  const after = contentOf(replica.dataDir);
  const changed = [...after.keys()].filter((file) => before.get(file) !== after.get(file));
  check(changed.length === 0, `${name}: changes nothing, but changed ${changed.join(", ")}`);
  const removed = [...before.keys()].filter((file) => !after.has(file) && !isUnfinished(file));
  check(removed.length === 0, `${name}: removes nothing, but removed ${removed.join(", ")}`);
}

/** A part of the last write never reached the disk: that is no damage, and nothing that was confirmed is lost by it. */
async function checkTornTail(cluster: TestCluster): Promise<void> {
  const replica = copyOf(cluster, "torn tail", {});
  zeroLastSector(logFile(replica.dataDir));
  replica.start();
  const told = await eventually(
    "the torn tail is told, and the member begins without it",
    () => {
      const lines = readFileSync(replica.logFile, "utf8").split("\n");
      const tornTail = lines.find((line) => line.includes('"event":"tornTail"'));
      return tornTail !== undefined && lines.some((line) => line.includes('"event":"began"')) ? tornTail : null;
    },
    { deadlineMs: STARTS_MS },
  ).finally(() => replica.stop(0));
  check(told.includes(`${join(replica.dataDir, "log")}/`) && told.includes(".segment"), `the message names the file: ${told}`);
}

function copyOf(cluster: TestCluster, name: string, environment: Readonly<Record<string, string>>): LocalReplica {
  const original = cluster.replica(0);
  const dataDir = `${original.dataDir}-${name.replaceAll(" ", "-")}`;
  cpSync(original.dataDir, dataDir, { recursive: true });
  const others = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  return new LocalReplica({
    ordinal: Number(environment["FLOTILLA_ORDINAL"] ?? 0),
    peers: cluster.group.replicas.map(({ peerAddress }) => peerAddress),
    httpPeers: cluster.group.origins.map((origin) => new URL(origin).host),
    dataDir,
    logFile: `${dataDir}.log`,
    program: [productOf("replica")],
    environment: { ...process.env, ...FAST_STARTS, ...others },
  });
}

const late = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms));

/** Every file as it is, but for what each start of a readable directory writes: that it was one. */
function contentOf(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (each) => each.isFile() && !each.name.startsWith("lock"),
  );
  return new Map(
    files.map(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return [join(parentPath, name).slice(directory.length + 1), name === IDENTITY ? withoutLives(bytes) : String(crc32c(bytes))];
    }),
  );
}

/** In one order: a record that is written anew may name the same in another. One that is damaged is compared as it is. */
function withoutLives(bytes: Buffer): string {
  const [line = ""] = bytes.toString("latin1").split("\n");
  try {
    return JSON.stringify({ ...(JSON.parse(line) as object), boot: null, lives: null }, inOrder);
  } catch {
    return String(crc32c(bytes));
  }
}

const inOrder = (_key: string, value: unknown): unknown =>
  typeof value !== "object" || value === null || Array.isArray(value) ? value : Object.fromEntries(Object.entries(value).sort());

/** The first file of the log. */
function logFile(directory: string): string {
  return join(directory, "log", readdirSync(join(directory, "log")).sort()[0] ?? "");
}

function snapshotsOf(directory: string): readonly string[] {
  return readdirSync(join(directory, "snapshots")).filter((name) => !isUnfinished(name));
}

/** What a crash has left half written never was a part of the data. */
const isUnfinished = (file: string): boolean => file.includes("incoming") || file.endsWith(".tmp");

const snapshotIn = (directory: string): string => snapshotsOf(directory).at(-1) ?? "";

function flipBit(file: string, offset: number): void {
  editBytes(file, offset, (bytes) => {
    bytes[0] = (bytes[0] ?? 0) ^ 4;
  });
}

function editBytes(file: string, offset: number, edit: (bytes: Buffer) => void): void {
  const descriptor = openSync(file, "r+");
  const bytes = Buffer.alloc(SECTOR_BYTES);
  readSync(descriptor, bytes, 0, bytes.length, offset);
  edit(bytes);
  writeSync(descriptor, bytes, 0, bytes.length, offset);
}

/** Of the last frame that is there, which fills many sectors. */
function zeroLastSector(file: string): void {
  const bytes = readFileSync(file);
  let sector = bytes.length / SECTOR_BYTES - 1;
  while (sector > 0 && bytes[sector * SECTOR_BYTES] === 0) sector--;
  editBytes(file, sector * SECTOR_BYTES, (last) => last.fill(0));
}

type DirectoryRecord = Readonly<Record<string, unknown>> & { readonly identity: Readonly<Record<string, unknown>> };

function editIdentity(directory: string, edit: (record: DirectoryRecord) => DirectoryRecord): void {
  const file = join(directory, IDENTITY);
  const [line = ""] = readFileSync(file, "utf8").split("\n");
  const json = JSON.stringify(edit(JSON.parse(line) as DirectoryRecord));
  writeFileSync(file, `${json}\n${crc32c(utf8(json)).toString(16).padStart(8, "0")}\n`);
}

/** As a later version of the program would have written its first frame. */
function raiseFrameFormat(file: string): void {
  editBytes(file, 0, (sector) => {
    sector[5] = 2;
    sector.writeUInt32BE(crc32c(sector.subarray(1, 24)), 24);
  });
}
