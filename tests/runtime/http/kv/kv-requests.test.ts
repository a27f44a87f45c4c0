import { utf8 } from "../../../../core/base/bytes.ts";
import { decodeCommand, decodeQuery } from "../../../../core/kv/commands.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import type { KvHttpRequest, SingleRoute } from "../../../../runtime/http/kv/kv-requests.ts";
import { readKvRequest } from "../../../../runtime/http/kv/kv-requests.ts";

const request = (changes: Partial<KvHttpRequest>): KvHttpRequest => ({ key: "k", query: {}, headers: {}, body: undefined, ...changes });

function callOf(route: SingleRoute, changes: Partial<KvHttpRequest>) {
  const reading = readKvRequest(route, request(changes));
  if (reading.kind === "refused") throw new Error(reading.refusal.message);
  return reading;
}

function commandOf(route: SingleRoute, changes: Partial<KvHttpRequest>) {
  const { operation } = callOf(route, changes);
  if (operation.kind !== "write") throw new Error(operation.kind);
  return { command: decodeCommand(operation.command), session: operation.session };
}

test("a key is percent-encoded UTF-8, or any bytes as base64url", () => {
  expect(commandOf("put", { key: "a%2Fb%20%C3%A4", body: { value: "v" } }).command).toMatchObject({ kind: "put", key: utf8("a/b ä") });
  const key = Buffer.from([0, 255, 254]);
  expect(commandOf("delete", { key: key.toString("base64url"), query: { keyEncoding: "base64url" } }).command).toMatchObject({
    key: new Uint8Array(key),
  });
});

test("a value is text, or any bytes as base64", () => {
  expect(commandOf("append", { body: { value: "ä" } }).command).toMatchObject({ value: utf8("ä") });
  const bytes = new Uint8Array([0, 200, 255]);
  const value = Buffer.from(bytes).toString("base64");
  expect(commandOf("put", { body: { value, encoding: "base64" } }).command).toMatchObject({ value: bytes });
  expect(commandOf("put", { body: { value }, query: { encoding: "base64" } }).command).toMatchObject({ value: bytes });
  for (const text of ["QQ", "QQ==", "QUE", "QUE=", "QUFB", ""]) {
    const expected = "A".repeat(Math.floor((text.replace(/=+$/, "").length * 3) / 4));
    expect(commandOf("put", { body: { value: text, encoding: "base64" } }).command).toMatchObject({ value: utf8(expected) });
  }
});

test("guards and the session are taken over", () => {
  const headers = { "flotilla-client": "c", "flotilla-serial": "7", "flotilla-acked": "3" };
  const { command, session } = commandOf("put", { body: { value: "", ifVersion: 0, ifRevision: 9 }, headers });
  expect(command).toMatchObject({ guards: { ifVersion: 0, ifRevision: 9 } });
  expect(session).toEqual({ client: "c", serial: 7, acked: 3 });
  expect(commandOf("delete", { query: { ifVersion: "2" } }).command).toMatchObject({ guards: { ifVersion: 2, ifRevision: null } });
});

test("a time to live is what a put brings, and without one the key stays", () => {
  expect(commandOf("put", { body: { value: "", ttlMs: 1_500 } }).command).toMatchObject({ ttl: { kind: "after", ms: 1_500 } });
  expect(commandOf("put", { body: { value: "" } }).command).not.toHaveProperty("ttl");
});

test("a step is a text, and 1 without one", () => {
  expect(commandOf("increment", { body: { by: "-12" } }).command).toMatchObject({ kind: "increment", by: -12n });
  expect(commandOf("increment", { body: {} }).command).toMatchObject({ by: 1n });
});

test("a call knows its shard", () => {
  expect(callOf("get", { key: "k" }).shard).toBe(shardOf(utf8("k")));
});

test("a read is linearizable unless asked otherwise", () => {
  expect(callOf("get", {}).operation).toEqual({ kind: "look", query: { kind: "get", key: utf8("k") } });
  const { operation, deadlineMs } = callOf("get", { query: { consistency: "stale" }, headers: { "flotilla-deadline-ms": "250" } });
  expect(operation).toMatchObject({ kind: "read", consistency: "stale" });
  expect(deadlineMs).toBe(250);
  expect(operation.kind === "read" ? decodeQuery(operation.query) : null).toEqual({ kind: "get", key: utf8("k") });
});

test.each<{ name: string; route: SingleRoute; change: Partial<KvHttpRequest>; code?: string; says: string }>([
  { name: "an empty key", route: "get", change: { key: "" }, says: "a key has 1 to 1024 bytes, not 0" },
  { name: "a long key", route: "get", change: { key: "x".repeat(1_025) }, says: "a key has 1 to 1024 bytes, not 1025" },
  { name: "a broken escape", route: "get", change: { key: "%zz" }, says: "the key is not percent-encoded UTF-8" },
  {
    name: "a key that is no base64url",
    route: "get",
    change: { key: "a+b", query: { keyEncoding: "base64url" } },
    says: "the key is not base64url",
  },
  { name: "half a character", route: "put", change: { body: { value: "\ud800" } }, says: '"value" is not a whole text' },
  { name: "a body of a GET", route: "get", change: { body: {} }, says: "a GET has no body" },
  {
    name: "a step that is no number of 64 bits",
    route: "increment",
    change: { body: { by: "9223372036854775808" } },
    says: '"by" must be a whole number of 64 bits in decimal, as a text',
  },
  { name: "a value that is no base64", route: "put", change: { body: { value: "?", encoding: "base64" } }, says: '"value" is not base64' },
  {
    name: "a value of which something was cut off",
    route: "put",
    change: { body: { value: "QUFBQ", encoding: "base64" } },
    says: '"value" is not base64',
  },
  {
    name: "a value whose padding does not fit",
    route: "put",
    change: { body: { value: "QUE==", encoding: "base64" } },
    says: '"value" is not base64',
  },
  {
    name: "a key of which something was cut off",
    route: "get",
    change: { key: "QUFBQ", query: { keyEncoding: "base64url" } },
    says: "the key is not base64url",
  },
  {
    name: "a guard below zero",
    route: "delete",
    change: { query: { ifVersion: "-1" } },
    says: '"ifVersion" must be a whole number from 0',
  },
  {
    name: "a serial without a client",
    route: "delete",
    change: { headers: { "flotilla-serial": "1" } },
    says: "flotilla-serial and flotilla-acked need flotilla-client",
  },
  {
    name: "a client without a serial",
    route: "delete",
    change: { headers: { "flotilla-client": "c" } },
    says: "flotilla-client needs flotilla-serial, from 1",
  },
  {
    name: "a deadline too far away",
    route: "get",
    change: { headers: { "flotilla-deadline-ms": "60001" } },
    says: "flotilla-deadline-ms must be from 1 to 60000",
  },
  {
    name: "too large a value",
    route: "put",
    change: { body: { value: "x".repeat(1_048_577) } },
    code: "tooLarge",
    says: "a value has at most 1048576 bytes, not 1048577",
  },
])("refuses $name", ({ route, change, code, says }) => {
  expect(readKvRequest(route, request(change))).toEqual({ kind: "refused", refusal: { code: code ?? "badRequest", message: says } });
});
