// Each damage of a data directory is found when the member starts, told from what a crash leaves behind, and said in one
// line that names the file and, where there is one, the byte. Nothing is guessed and nothing changed.
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalReplica } from "../../../client/cli/local-replica.ts";
import { KvClient } from "../../../client/kv-client.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { SECTOR_BYTES } from "../../../runtime/disk/log/frame.ts";
import { EXIT_CODES } from "../../../runtime/exit-codes.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { productOf } from "../bundled.ts";
import type { LastFrame } from "../data-directory-bytes.ts";
import {
  cutInHalf,
  editIdentity,
  exchange,
  flipBit,
  IDENTITY,
  lastFrameIn,
  lengthOf,
  raiseFrameFormat,
  segmentIn,
  zero,
} from "../data-directory-bytes.ts";
import { FAST_STARTS, TestCluster } from "../test-cluster.ts";

/** The smallest segments that there are, so that the log goes through three of them. */
const SETTINGS = { FLOTILLA_SEGMENT_BYTES: "4194304", FLOTILLA_SNAPSHOT_ENTRIES: "100", FLOTILLA_TRAILING_ENTRIES: "50" };
/** With the large ones too few for a third snapshot: what ends the log is an entry, not its being cut behind a snapshot. */
const SMALL_WRITES = 220;
/** Two segments and a part of a third; each fills many sectors, so that a part of its frame can be missing. */
const LARGE_WRITES = 20;
const LARGE_BYTES = 450_000;
/** However long a busy machine takes. */
const STARTS_MS = 60_000;

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
    damage: (directory) => flipBit(segmentIn(directory, 1), 4 * SECTOR_BYTES + 100),
    says: ["{}/log/0000000001.segment at byte ", "Nothing was changed", "empty this member's data directory"],
  },
  {
    name: "a flipped bit in the last frame",
    damage: (directory) => flipBit(lastFrameIn(directory).file, lastFrameIn(directory).offset + 5 * SECTOR_BYTES + 100),
    says: ["{}/log/0000000003.segment at byte ", "the checksum of a frame is wrong", "Nothing was changed"],
  },
  {
    name: "a flipped bit in the length of the last frame",
    // It reaches into sectors that nobody wrote, as the frame of a write that was cut off does.
    damage: (directory) => flipBit(lastFrameIn(directory).file, lengthOf(lastFrameIn(directory))),
    says: ["{}/log/0000000003.segment at byte ", "the header of a frame is damaged", "Nothing was changed"],
  },
  {
    name: "a segment in the middle of the log that is gone",
    damage: (directory) => rmSync(segmentIn(directory, 2)),
    says: ["{}/log/0000000002.segment: this segment of the log is missing", "Nothing was changed"],
  },
  {
    name: "a first segment that is gone",
    damage: (directory) => rmSync(segmentIn(directory, 1)),
    says: ["{}/log: the log begins with entry ", "segments are missing", "Nothing was changed"],
  },
  {
    name: "two segments under each other's names",
    damage: (directory) => exchange(segmentIn(directory, 1), segmentIn(directory, 2)),
    says: ["{}/log/0000000001.segment at byte 0: this is segment 2 under another name", "Nothing was changed"],
  },
  {
    name: "a segment that is cut short",
    damage: (directory) => cutInHalf(segmentIn(directory, 3)),
    says: ["{}/log/0000000003.segment at byte 0: the segment has 2097152 bytes and was made with 4194304", "Nothing was changed"],
  },
  {
    name: "a flipped bit in a snapshot",
    damage: (directory) => flipBit(join(directory, "snapshots", snapshotIn(directory)), 100),
    says: ["{}/snapshots/", " at byte ", "the checksum of a block of the snapshot is wrong"],
  },
  {
    name: "snapshots that are gone",
    damage: (directory) => rmSync(join(directory, "snapshots"), { recursive: true }),
    says: ["{}/log: the log begins behind entry ", "there is no snapshot", "Nothing was changed"],
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
    damage: (directory) => raiseFrameFormat(segmentIn(directory, 1)),
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

/** Of a last frame, what a crash may have left: sectors reach the disk in any order. */
const TORN_TAILS: readonly { readonly name: string; readonly tear: (frame: LastFrame) => void }[] = [
  { name: "its last sector is missing", tear: ({ file, end }) => zero(file, end - SECTOR_BYTES, end) },
  { name: "its first sector is missing", tear: ({ file, offset }) => zero(file, offset, offset + SECTOR_BYTES) },
  { name: "one in between is missing", tear: ({ file, offset }) => zero(file, offset + 7 * SECTOR_BYTES, offset + 8 * SECTOR_BYTES) },
  { name: "only its last sector is there", tear: ({ file, offset, end }) => zero(file, offset, end - SECTOR_BYTES) },
];

export const damage: TestCase = {
  name: "every damage of a data directory is found, told apart and named",
  run: async ({ directory, say }) => {
    const cluster = await TestCluster.create({ directory, environment: SETTINGS });
    try {
      cluster.startAll();
      await writeMuch(cluster);
      await cluster.kill(...cluster.ordinals);
      for (const each of DAMAGES) await checkRefused(cluster, each);
      for (const each of TORN_TAILS) await checkTornTail(cluster, each);
      say(`${DAMAGES.length} damages refused, ${TORN_TAILS.length} torn tails cut off`);
    } finally {
      await cluster.stop();
    }
  },
};

async function writeMuch(cluster: TestCluster): Promise<void> {
  const client = new KvClient({ endpoints: cluster.group.origins, deadlineMs: 20_000 });
  const write = async (key: string, value: string): Promise<void> =>
    check((await client.put(key, value)).kind === "done", `the write of ${key} is acknowledged`);
  for (let i = 0; i < SMALL_WRITES; i++) await write(`key-${i}`, "x".repeat(300));
  await eventually("a snapshot is taken", () => (snapshotsOf(cluster.replica(0).dataDir).length > 0 ? true : null));
  // Under one key: it is the log that is to be large.
  for (let i = 0; i < LARGE_WRITES; i++) await write("large", "y".repeat(LARGE_BYTES));
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
async function checkTornTail(cluster: TestCluster, { name, tear }: (typeof TORN_TAILS)[number]): Promise<void> {
  const replica = copyOf(cluster, `torn tail, ${name}`, {});
  const frame = lastFrameIn(replica.dataDir);
  tear(frame);
  replica.start();
  const told = await eventually(
    `the torn tail is told, and the member begins without it, where ${name}`,
    () => {
      const lines = readFileSync(replica.logFile, "utf8").split("\n");
      const tornTail = lines.find((line) => line.includes('"event":"tornTail"'));
      return tornTail !== undefined && lines.some((line) => line.includes('"event":"began"')) ? tornTail : null;
    },
    { deadlineMs: STARTS_MS },
  ).finally(() => replica.stop(0));
  check(told.includes(`${frame.file} at byte ${frame.offset}: `), `the message names file and byte ${frame.offset}: ${told}`);
}

function copyOf(cluster: TestCluster, name: string, environment: Readonly<Record<string, string>>): LocalReplica {
  const original = cluster.replica(0);
  const dataDir = `${original.dataDir}-${name.replaceAll(/[^a-z]+/g, "-")}`;
  cpSync(original.dataDir, dataDir, { recursive: true });
  const others = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  return new LocalReplica({
    ordinal: Number(environment["FLOTILLA_ORDINAL"] ?? 0),
    peers: cluster.group.replicas.map(({ peerAddress }) => peerAddress),
    httpPeers: cluster.group.origins.map((origin) => new URL(origin).host),
    dataDir,
    logFile: `${dataDir}.log`,
    program: [productOf("replica")],
    environment: { ...process.env, ...FAST_STARTS, ...SETTINGS, ...others },
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

function snapshotsOf(directory: string): readonly string[] {
  return readdirSync(join(directory, "snapshots")).filter((name) => !isUnfinished(name));
}

/** What a crash has left half written never was a part of the data. */
const isUnfinished = (file: string): boolean => file.includes("incoming") || file.endsWith(".tmp");

const snapshotIn = (directory: string): string => snapshotsOf(directory).at(-1) ?? "";
