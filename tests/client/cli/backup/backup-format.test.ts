// A backup as bytes: what is written is what the golden file has, that is read, and nothing else is taken for a whole one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { BackupRecord } from "../../../../client/cli/backup/backup-lines.ts";
import { readBackup } from "../../../../client/cli/backup/backup-reading.ts";
import type { BackupFacts } from "../../../../client/cli/backup/backup-reading.ts";
import type { Packed } from "../../../../client/cli/backup/backup-writing.ts";
import { writeBackup } from "../../../../client/cli/backup/backup-writing.ts";
import { utf8 } from "../../../../core/base/bytes.ts";

const GOLDEN = readFileSync(join(__dirname, "../../../golden/backup-format-1.jsonl"), "utf8");
const HEADER = { cluster: "c-1", createdAt: "2026-11-30T07:23:29.000Z" };
const RECORDS: readonly BackupRecord[] = [
  { key: new Uint8Array([0, 255, 128]), value: utf8("empty next"), expiresAtMs: null },
  { key: utf8("a"), value: utf8(""), expiresAtMs: null },
  { key: utf8("größe"), value: new Uint8Array([255]), expiresAtMs: 4_102_444_800_000 },
];

async function* inPieces<T>(all: readonly T[]): AsyncGenerator<T> {
  for (const each of all) {
    await Promise.resolve();
    yield each;
  }
}

async function written(pages: readonly (readonly BackupRecord[])[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const { bytes } = await writeBackup(HEADER, inPieces(pages), async (packed: Packed) => {
    for await (const piece of packed) pieces.push(piece);
    return Buffer.concat(pieces).length;
  });
  expect(bytes).toBe(Buffer.concat(pieces).length);
  return Buffer.concat(pieces);
}

type Read = { readonly facts: BackupFacts; readonly records: readonly BackupRecord[] };

async function read(packed: Buffer, pieceBytes = 7): Promise<Read> {
  const pieces = Array.from({ length: Math.ceil(packed.length / pieceBytes) }, (_, i) =>
    packed.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  );
  const records: BackupRecord[] = [];
  const facts = await readBackup({ name: "b", read: () => inPieces(pieces) }, (record) => {
    records.push({ ...record, key: new Uint8Array(record.key), value: new Uint8Array(record.value) });
    return null;
  });
  return { facts, records };
}

const whyNot = async (packed: Buffer): Promise<string> => {
  const error = await read(packed).then(
    () => new Error("it was read"),
    (why: unknown) => why as Error,
  );
  return error.message;
};

test("is written as the golden file has it, however its keys come in", async () => {
  expect(gunzipSync(await written([RECORDS])).toString()).toBe(GOLDEN);
  expect(gunzipSync(await written([[], RECORDS.slice(0, 1), [], RECORDS.slice(1)])).toString()).toBe(GOLDEN);
});

test("the golden file is read, byte for byte", async () => {
  const { facts, records } = await read(gzipSync(GOLDEN));
  expect(records).toEqual(RECORDS);
  expect(facts).toEqual({ ...HEADER, keys: 3, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
});

test("a store without a key has a backup, too", async () => {
  const { facts, records } = await read(await written([[]]));
  expect([facts.keys, records]).toEqual([0, []]);
});

test("any bytes come back, also the largest value of one that is written longest", async () => {
  const value = new Uint8Array(1_048_576).fill(1);
  const key = new Uint8Array(1_024).fill(255);
  const { records } = await read(await written([[{ key, value, expiresAtMs: null }]]), 65_536);
  expect(Buffer.compare(records[0]?.key ?? key.subarray(1), key)).toBe(0);
  expect(Buffer.compare(records[0]?.value ?? value.subarray(1), value)).toBe(0);
});

const LINES = GOLDEN.split("\n").slice(0, -1);
const [HEAD = "", ONE = "", TWO = "", THREE = "", END = ""] = LINES;
const packedLines = (...lines: readonly string[]): Buffer => gzipSync(`${lines.join("\n")}\n`);
const whole = gzipSync(GOLDEN);

test.each([
  { name: "the half of one", packed: whole.subarray(0, whole.length >> 1), why: /cut off/ },
  { name: "one without its last line", packed: packedLines(HEAD, ONE, TWO, THREE), why: /cut off/ },
  { name: "one that ends within a line", packed: gzipSync(GOLDEN.slice(0, -1)), why: /cut off/ },
  { name: "an empty file", packed: Buffer.alloc(0), why: /cut off/ },
  { name: "a file that is not packed", packed: Buffer.from(GOLDEN), why: /can't be unpacked/ },
  { name: "some other file", packed: packedLines("a", "b"), why: /does not begin as a backup does/ },
  { name: "one of a later format", packed: packedLines(HEAD.replace('"format":1', '"format":2'), END), why: /format 2/ },
  { name: "one that lacks a key", packed: packedLines(HEAD, ONE, THREE, END), why: /has 2 keys, and says 3/ },
  { name: "another value", packed: packedLines(HEAD, ONE.replace("next", "text"), TWO, THREE, END), why: /checksum/ },
  { name: "another owner", packed: packedLines(HEAD.replace("c-1", "c-2"), ONE, TWO, THREE, END), why: /checksum/ },
  { name: "keys out of order", packed: packedLines(HEAD, TWO, ONE, THREE, END), why: /key 2 is out of order/ },
  { name: "one key twice", packed: packedLines(HEAD, ONE, ONE, TWO, THREE, END), why: /key 2 is out of order/ },
  { name: "a line that is none", packed: packedLines(HEAD, ONE, "{", END), why: /behind its 1 first keys/ },
  { name: "a key without a value", packed: packedLines(HEAD, '{"key":"a"}', END), why: /behind its 0 first keys/ },
  { name: "a value that is no base64", packed: packedLines(HEAD, THREE.replace("/w==", "/w=!"), END), why: /behind its 0 first keys/ },
  { name: "a line too long", packed: packedLines(HEAD, "x".repeat(9 << 20)), why: /longer than any/ },
  { name: "two of them", packed: packedLines(...LINES, ...LINES), why: /behind its end/ },
])("$name is refused", async ({ packed, why }) => {
  expect(await whyNot(packed)).toMatch(why);
  expect(await whyNot(packed)).toMatch(/^b is no whole backup: /);
});

test("no bit of a packed one may be another", async () => {
  // Some of its first bytes, and the last bits before its own checksum, say nothing.
  const telling = Array.from({ length: whole.length }, (_, at) => at).filter((at) => at >= 12 && at !== whole.length - 9);
  for (const at of telling) {
    const altered = Buffer.from(whole);
    altered.writeUInt8(altered.readUInt8(at) ^ 16, at);
    expect(await whyNot(altered)).toMatch(/^b is no whole backup: /);
  }
});

test("what fails where it is read from is not called damage", async () => {
  const fails = (): Packed => {
    throw new Error("unreachable");
  };
  await expect(readBackup({ name: "b", read: fails }, () => null)).rejects.toThrow("unreachable");
});
