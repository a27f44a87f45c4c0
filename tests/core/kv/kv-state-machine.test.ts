import fc from "fast-check";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import type { Guards, KvCommand } from "../../../core/kv/commands.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import type { KvResult } from "../../../core/kv/results.ts";

class Store {
  readonly machine = new KvStateMachine();

  do(command: KvCommand): KvResult | null {
    return decodeResult(this.machine.apply(encodeCommand(command)));
  }

  put(key: string, value: string, guards: Partial<Guards> = {}): KvResult | null {
    return this.do({ kind: "put", key: utf8(key), value: utf8(value), guards: { ...NO_GUARDS, ...guards } });
  }

  append(key: string, value: string, guards: Partial<Guards> = {}): KvResult | null {
    return this.do({ kind: "append", key: utf8(key), value: utf8(value), guards: { ...NO_GUARDS, ...guards } });
  }

  delete(key: string, guards: Partial<Guards> = {}): KvResult | null {
    return this.do({ kind: "delete", key: utf8(key), guards: { ...NO_GUARDS, ...guards } });
  }

  get(key: string): KvResult | null {
    return decodeResult(this.machine.query(encodeQuery({ kind: "get", key: utf8(key) })));
  }
}

test("versions count the changes of a key, revisions those of the store", () => {
  const store = new Store();
  expect(store.put("a", "1")).toEqual({ kind: "written", version: 1, revision: 1 });
  expect(store.put("b", "1")).toEqual({ kind: "written", version: 1, revision: 2 });
  expect(store.put("a", "2")).toEqual({ kind: "written", version: 2, revision: 3 });
  expect(store.append("a", "34")).toEqual({ kind: "appended", version: 3, revision: 4, length: 3 });
  expect(store.get("a")).toEqual({ kind: "found", version: 3, revision: 4, value: utf8("234") });
  expect(store.delete("a")).toEqual({ kind: "deleted", deleted: true, revision: 5 });
  expect(store.get("a")).toEqual({ kind: "absent" });
  expect(store.put("a", "new")).toEqual({ kind: "written", version: 1, revision: 6 });
  expect(store.machine.keys).toBe(2);
});

test("deleting nothing changes nothing and says which revision the store has", () => {
  const store = new Store();
  store.put("a", "1");
  const before = store.machine.digest();
  expect(store.delete("b")).toEqual({ kind: "deleted", deleted: false, revision: 1 });
  expect(store.machine.digest()).toBe(before);
  expect(store.put("b", "1")).toEqual({ kind: "written", version: 1, revision: 2 });
});

test("appending to nothing creates the key", () => {
  const store = new Store();
  expect(store.append("a", "x")).toEqual({ kind: "appended", version: 1, revision: 1, length: 1 });
});

test.each([
  { name: "the version holds", guards: { ifVersion: 2 }, holds: true },
  { name: "the revision holds", guards: { ifRevision: 2 }, holds: true },
  { name: "both hold", guards: { ifVersion: 2, ifRevision: 2 }, holds: true },
  { name: "an older version", guards: { ifVersion: 1 }, holds: false },
  { name: "an older revision", guards: { ifRevision: 1 }, holds: false },
  { name: "one of the two", guards: { ifVersion: 2, ifRevision: 1 }, holds: false },
  { name: "absent, but it is there", guards: { ifVersion: 0 }, holds: false },
])("guards: $name", ({ guards, holds }) => {
  for (const operation of ["put", "append", "delete"] as const) {
    const store = new Store();
    store.put("a", "1");
    store.put("a", "2");
    const before = store.machine.digest();
    const result = operation === "delete" ? store.delete("a", guards) : store[operation]("a", "3", guards);
    if (holds) {
      expect(result?.kind).not.toBe("versionMismatch");
      expect(store.machine.digest()).not.toBe(before);
    } else {
      expect(result).toEqual({ kind: "versionMismatch", version: 2, revision: 2 });
      expect(store.machine.digest()).toBe(before);
    }
  }
});

test("a guard for absence", () => {
  const store = new Store();
  expect(store.put("a", "1", { ifVersion: 1 })).toEqual({ kind: "versionMismatch", version: 0, revision: 0 });
  expect(store.put("a", "1", { ifVersion: 0, ifRevision: 0 })).toEqual({ kind: "written", version: 1, revision: 1 });
  expect(store.delete("b", { ifVersion: 1 })).toEqual({ kind: "versionMismatch", version: 0, revision: 0 });
});

test("keys and values have limits, and the limits themselves are allowed", () => {
  const store = new Store();
  expect(store.put("", "x")?.kind).toBe("badRequest");
  expect(store.put("k".repeat(KEY_BYTES_MAX + 1), "x")?.kind).toBe("badRequest");
  expect(store.put("k".repeat(KEY_BYTES_MAX), "x")?.kind).toBe("written");
  expect(store.put("a", "x".repeat(VALUE_BYTES_MAX + 1))?.kind).toBe("tooLarge");
  expect(store.put("a", "x".repeat(VALUE_BYTES_MAX))?.kind).toBe("written");
  expect(store.append("a", "x")?.kind).toBe("tooLarge");
  expect(store.get("a")).toMatchObject({ kind: "found", version: 1 });
});

test("the store keeps copies: later changes of a command's memory don't reach it", () => {
  const machine = new KvStateMachine();
  const command = encodeCommand({ kind: "put", key: utf8("key"), guards: NO_GUARDS, value: utf8("value") });
  machine.apply(command);
  command.fill(0);
  const found = decodeResult(machine.query(encodeQuery({ kind: "get", key: utf8("key") })));
  expect(found?.kind === "found" ? textOf(found.value) : found).toBe("value");
});

test("apply and query are total", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 12, max: 6 }), { maxLength: 20 }), (commands) => {
      const machine = new KvStateMachine();
      const twin = new KvStateMachine();
      for (const command of commands) {
        const answer = machine.apply(command);
        expect(decodeResult(answer)).not.toBeNull();
        expect(twin.apply(command)).toEqual(answer);
        expect(decodeResult(machine.query(command))).not.toBeNull();
      }
      expect(twin.digest()).toBe(machine.digest());
    }),
  );
  expect(decodeResult(new KvStateMachine().apply(utf8("garbage")))?.kind).toBe("badRequest");
  expect(decodeResult(new KvStateMachine().query(utf8("garbage")))?.kind).toBe("badRequest");
});

test("only deletes don't grow the store, and everything is of the first version", () => {
  const machine = new KvStateMachine();
  const key = utf8("a");
  const [put, append, gone] = [
    encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: key }),
    encodeCommand({ kind: "append", key, guards: NO_GUARDS, value: key }),
    encodeCommand({ kind: "delete", key, guards: NO_GUARDS }),
  ] as const;
  expect([put, append, gone].map((command) => machine.grows(command))).toEqual([true, true, false]);
  expect([put, append, gone].map((command) => machine.versionOf(command))).toEqual([1, 1, 1]);
});
