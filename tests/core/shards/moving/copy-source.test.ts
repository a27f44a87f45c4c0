import { present } from "../../../../core/base/assert.ts";
import { concatBytes, utf8 } from "../../../../core/base/bytes.ts";
import { whyTooMuch } from "../../../../core/kv/command-facts.ts";
import type { KvCommand, KvOperation } from "../../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../../core/kv/commands.ts";
import {
  DEADLINE_MS_MAX,
  FRACTIONS_MAX,
  KEY_BYTES_MAX,
  OPERATIONS_MAX,
  VALUE_BYTES_MAX,
  WHOLE_VALUES_MAX,
} from "../../../../core/kv/limits.ts";
import { encodeResult } from "../../../../core/kv/results.ts";
import { DEFAULT_LIMITS } from "../../../../core/raft/inputs.ts";
import { CLIENT_ID_BYTES_MAX } from "../../../../core/replica/applied/client-id.ts";
import { ANSWER_COST_BYTES, OPEN_BYTES_MAX } from "../../../../core/replica/applied/sessions.ts";
import { encodeGroupCommand } from "../../../../core/shards/group-commands.ts";
import { ChangeLog } from "../../../../core/shards/moving/change-log.ts";
import type { Chunk } from "../../../../core/shards/moving/chunk.ts";
import { encodeChunk } from "../../../../core/shards/moving/chunk.ts";
import type { CopyCursor } from "../../../../core/shards/moving/copy-cursor.ts";
import { BEGIN, encodeCursor } from "../../../../core/shards/moving/copy-cursor.ts";
import type { Leaving } from "../../../../core/shards/moving/copy-source.ts";
import { readChunk } from "../../../../core/shards/moving/copy-source.ts";
import { emptyContent } from "../../../../core/shards/shard-content.ts";
import { LIMITS } from "../sharded-group.ts";

const CONTEXT = { stampMs: 1 };

function leaving({ keys = 10, sessions = 5, limit = 100 } = {}): Leaving & { readonly put: (key: string) => void } {
  const content = emptyContent(LIMITS);
  const changes = new ChangeLog(limit);
  const put = (key: string): void => {
    const command = { kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8("value") } as const;
    content.kv.apply(command, { ...CONTEXT, onChange: (changed) => changes.touch("key", changed) });
  };
  for (let i = 0; i < keys; i++) {
    content.kv.apply({ kind: "put", key: utf8(`k${String(i)}`), guards: NO_GUARDS, value: utf8("value") }, CONTEXT);
  }
  for (let i = 0; i < sessions; i++) {
    content.sessions.put(utf8(`a-${String(i)}`), { acked: 0, lastUsedMinute: 1, serials: [1], answers: [utf8("x")] });
  }
  return { content, changes, frozenAtMs: null, put };
}

function follow(source: Leaving, bytesMax: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let cursor: CopyCursor = BEGIN;
  while (cursor.phase !== "changes") {
    const chunk = readChunk(source, cursor, bytesMax);
    if (chunk === null) throw new Error("it knows");
    chunks.push(chunk);
    cursor = chunk.next;
  }
  return chunks;
}

test.each([1, 40, 10_000])("keys first, then sessions, each once, in chunks of %i bytes", (bytesMax) => {
  const pieces = follow(leaving(), bytesMax).flatMap((chunk) => chunk.pieces.map(({ kind }) => kind));
  expect(pieces).toEqual([...new Array<string>(10).fill("item"), ...new Array<string>(5).fill("session")]);
});

test("an empty shard is two chunks of nothing", () => {
  expect(follow(leaving({ keys: 0, sessions: 0 }), 100).map(({ pieces }) => pieces.length)).toEqual([0, 0]);
});

test("then what has changed since the copy began, as it is now, and no more than is asked for", () => {
  const source = leaving();
  for (const key of ["k1", "new", "k2"]) source.put(key);
  const all = readChunk(source, { phase: "changes", since: 0 }, 1_000);
  expect(all?.pieces.map(({ kind }) => kind)).toEqual(["item", "item", "item"]);
  expect(all).toMatchObject({ left: 0, totals: null, next: { phase: "changes", since: 3 } });
  const one = readChunk(source, { phase: "changes", since: 0 }, 1);
  expect(one).toMatchObject({ left: 2, next: { since: 1 } });
});

const A_MEBIBYTE = new Uint8Array(VALUE_BYTES_MAX).fill(0x61);
const KEY = utf8("k".repeat(KEY_BYTES_MAX));
const sum = { kind: "incrementFloat", key: utf8("f"), guards: NO_GUARDS, by: utf8("-0.00000000000000001") } as const;

/** Each with the largest answer that it can have. */
const LARGEST: { readonly [K in KvOperation["kind"]]: KvOperation } = {
  get: { kind: "get", key: utf8("large") },
  put: { kind: "put", key: utf8("large"), guards: NO_GUARDS, value: concatBytes([A_MEBIBYTE, KEY]) },
  append: { kind: "append", key: utf8("large"), guards: NO_GUARDS, value: KEY },
  delete: { kind: "delete", key: KEY, guards: { ...NO_GUARDS, ifVersion: 2 ** 40 } },
  increment: { kind: "increment", key: utf8("i"), guards: NO_GUARDS, by: -(2n ** 52n) },
  expire: { kind: "expire", key: utf8("large"), guards: NO_GUARDS, ttl: { kind: "at", ms: DEADLINE_MS_MAX + 1 } },
  describe: { kind: "describe", key: utf8("large") },
  setRange: { kind: "setRange", key: utf8("large"), guards: NO_GUARDS, offset: VALUE_BYTES_MAX, value: KEY },
  incrementFloat: sum,
  rename: { kind: "rename", key: utf8("large"), guards: NO_GUARDS, to: utf8("of another slot") },
};

test.each(Object.values(LARGEST))(
  "a session that remembers as many results of $kind as it can, each of the largest, fits into one entry",
  (operation) => {
    const { content, changes } = leaving({ keys: 0, sessions: 0 });
    content.kv.apply({ kind: "put", key: utf8("large"), guards: NO_GUARDS, value: A_MEBIBYTE }, CONTEXT);
    content.kv.apply({ ...sum, by: utf8("-1e4932") }, CONTEXT);
    // What a command may have of fractions and of values that are read goes with whatever else it does, as often as it may.
    const operations = [LARGEST.get, ...new Array<KvOperation>(FRACTIONS_MAX).fill(sum)];
    const isWhole = operation.kind === "setRange" || operation.kind === "rename";
    const count = isWhole ? operations.length + WHOLE_VALUES_MAX : OPERATIONS_MAX;
    while (operations.length < count) operations.push(operation);
    const most = operations.filter((each, i) => each.kind !== "incrementFloat" || i <= FRACTIONS_MAX);
    const command: KvCommand = { kind: "batch", operations: most };
    expect([whyTooMuch(command), whyTooMuch({ ...command, operations: [...most, sum] })]).toEqual([null, expect.any(String)]);
    const answer = encodeResult(content.kv.apply(command, CONTEXT));
    const answers = [new Uint8Array(OPEN_BYTES_MAX - ANSWER_COST_BYTES - 1), answer];
    content.sessions.put(utf8("x".repeat(CLIENT_ID_BYTES_MAX)), {
      acked: 0,
      lastUsedMinute: 2 ** 30,
      serials: [2 ** 52, 2 ** 52 + 1],
      answers,
    });
    const chunk = readChunk({ content, changes, frozenAtMs: null }, { phase: "sessions", start: 0, after: utf8("") }, 1);
    const bytes = encodeChunk(present(chunk, "it knows"));
    expect(bytes.length).toBeGreaterThan(VALUE_BYTES_MAX + FRACTIONS_MAX * 4_932);
    const stage = encodeGroupCommand({
      kind: "stage",
      shard: 0,
      number: 2 ** 40,
      from: encodeCursor({ phase: "changes", since: 2 ** 40 }),
      chunk: bytes,
    });
    expect(stage.length + 1_024).toBeLessThan(DEFAULT_LIMITS.entryBytesMax);
    expect(Buffer.from(bytes).toString("base64").length + 1_024).toBeLessThan(4_194_304);
  },
);

test("what is gone is said to be gone", () => {
  const source = leaving();
  source.changes.touch("key", utf8("nothing"));
  source.changes.touch("session", utf8("nobody"));
  const kinds = readChunk(source, { phase: "changes", since: 0 }, 1_000)?.pieces.map(({ kind }) => kind);
  expect(kinds).toEqual(["keyGone", "sessionGone"]);
});

test("only a frozen shard has totals, and only with the last chunk", () => {
  const source = leaving();
  for (const key of ["a", "b"]) source.put(key);
  const frozen = { ...source, frozenAtMs: 77 };
  expect(readChunk(frozen, { phase: "changes", since: 0 }, 1)?.totals).toBeNull();
  const { kv, sessions } = source.content;
  const totals = { keysDigest: kv.digest(), sessionsDigest: sessions.digest(), revision: kv.revision, stampMs: 77 };
  expect(readChunk(frozen, { phase: "changes", since: 1 }, 1)).toMatchObject({ totals, left: 0 });
});

test("a member that is behind the copy can't tell", () => {
  const source = leaving();
  source.put("a");
  for (const cursor of [
    { phase: "changes", since: 2 },
    { phase: "keys", start: 2, after: utf8("k") },
    { phase: "sessions", start: 2, after: utf8("a") },
  ] as const) {
    expect(readChunk(source, cursor, 100)).toBeNull();
  }
});

test("a copy whose changes are forgotten begins anew", () => {
  const source = leaving({ limit: 2 });
  for (const key of ["a", "b", "c", "d"]) source.put(key);
  expect(readChunk(source, { phase: "changes", since: 1 }, 100)).toMatchObject({ next: BEGIN, pieces: [] });
  expect(readChunk(source, BEGIN, 100_000)).toMatchObject({ next: { phase: "sessions", start: 4 } });
});
