// The same promises as KvShard's, kept in the simplest way: a map that is copied whole for a transaction.
import { concatBytes, textOf, utf8 } from "../../../core/base/bytes.ts";
import type { Comparison, Guards, KvCommand, KvOperation, TimeToLive } from "../../../core/kv/commands.ts";
import type { KvResult, KvSingleResult } from "../../../core/kv/results.ts";
import { slotOf } from "../../../core/shards/slots.ts";

type Item = { readonly value: Uint8Array; readonly version: number; readonly revision: number; readonly deadline: number };
type Failure = Extract<KvSingleResult, { readonly kind: "badRequest" }>;

const FAILURES = ["versionMismatch", "notAnInteger", "overflow", "badRequest", "tooLarge"];
const bad: Failure = { kind: "badRequest", message: "" };

export class NaiveShard {
  items = new Map<string, Item>();
  revision = 0;
  readonly #changed: string[] = [];

  apply(command: KvCommand, stampMs: number): KvResult {
    this.#changed.length = 0;
    if (command.kind === "batch") {
      if (command.operations.length === 0) return bad;
      return { kind: "batched", results: command.operations.map((operation) => this.#do(operation, stampMs, null)) };
    }
    if (command.kind !== "txn") return this.#do(command, stampMs, null);
    const keys = [...command.compare, ...command.then, ...command.else].map(({ key }) => key);
    if (keys.length === 0 || keys.some((key) => key.length === 0)) return bad;
    if (new Set(keys.map(slotOf)).size > 1) return { kind: "crossSlot", message: "" };
    const before = { items: new Map(this.items), revision: this.revision };
    const succeeded = command.compare.every((comparison) => this.#holds(comparison, stampMs));
    const results: KvSingleResult[] = [];
    for (const operation of succeeded ? command.then : command.else) {
      const result = this.#do(operation, stampMs, before.revision + 1);
      if (FAILURES.includes(result.kind)) {
        Object.assign(this, before);
        this.#changed.length = 0;
        return { kind: "aborted", succeeded, operation: results.length, reason: result };
      }
      results.push(result);
    }
    return { kind: "transacted", succeeded, results, revision: this.revision };
  }

  /** The keys that the last command changed. */
  get changed(): readonly string[] {
    return [...this.#changed];
  }

  at(key: Uint8Array, stampMs: number): Item | undefined {
    const item = this.items.get(textOf(key));
    return item !== undefined && (item.deadline === 0 || item.deadline > stampMs) ? item : undefined;
  }

  expire(max: number, stampMs: number): number {
    const due = [...this.items].filter(([, { deadline }]) => deadline > 0 && deadline <= stampMs);
    due.sort(([a, x], [b, y]) => x.deadline - y.deadline || (a < b ? -1 : 1));
    for (const [key] of due.slice(0, max)) {
      this.items.delete(key);
      this.revision++;
    }
    return Math.min(max, due.length);
  }

  #holds(comparison: Comparison, stampMs: number): boolean {
    const item = this.at(comparison.key, stampMs);
    if (comparison.kind === "version") return (item?.version ?? 0) === comparison.version;
    if (comparison.kind === "revision") return (item?.revision ?? 0) === comparison.revision;
    if (comparison.kind === "presence") return comparison.isPresent === (item !== undefined);
    return item !== undefined && textOf(item.value) === textOf(comparison.value);
  }

  #do(operation: KvOperation, stampMs: number, shared: number | null): KvSingleResult {
    const { key } = operation;
    if (key.length === 0) return bad;
    const item = this.at(key, stampMs);
    if (operation.kind === "get") {
      if (item === undefined) return { kind: "absent" };
      const { value, version, revision, deadline } = item;
      return { kind: "found", value, version, revision, ...(deadline === 0 ? {} : { deadlineMs: deadline }) };
    }
    const { version = 0, revision = 0, value = utf8(""), deadline = 0 } = item ?? {};
    if (!passes(operation.guards, version, revision)) return { kind: "versionMismatch", version, revision };
    const change = (next: Omit<Item, "version" | "revision"> | null): { readonly version: number; readonly revision: number } => {
      this.revision = shared ?? this.revision + 1;
      this.#changed.push(textOf(key));
      if (next === null) this.items.delete(textOf(key));
      else this.items.set(textOf(key), { ...next, version: version + 1, revision: this.revision });
      return { version: version + 1, revision: this.revision };
    };
    switch (operation.kind) {
      case "put": {
        const until = deadlineOf(operation.ttl ?? { kind: "forever" }, deadline, stampMs);
        return until === null ? bad : { kind: "written", ...change({ value: operation.value, deadline: until }) };
      }
      case "append": {
        const whole = concatBytes([value, operation.value]);
        return { kind: "appended", ...change({ value: whole, deadline }), length: whole.length };
      }
      case "delete":
        if (item === undefined) return { kind: "deleted", deleted: false, revision: this.revision };
        return { kind: "deleted", deleted: true, revision: change(null).revision };
      case "increment": {
        const text = item === undefined ? "0" : textOf(value);
        if (!/^-?[0-9]+$/.test(text) || String(BigInt.asIntN(64, BigInt(text))) !== text) return { kind: "notAnInteger", message: "" };
        const sum = BigInt(text) + operation.by;
        if (BigInt.asIntN(64, sum) !== sum) return { kind: "overflow", message: "" };
        return { kind: "incremented", value: sum, ...change({ value: utf8(String(sum)), deadline }) };
      }
      case "expire": {
        const until = deadlineOf(operation.ttl, deadline, stampMs);
        if (until === null) return bad;
        if (item === undefined) return { kind: "absent" };
        if (until === deadline) return { kind: "unchanged", version, revision };
        return { kind: "written", ...change({ value, deadline: until }) };
      }
    }
  }
}

function passes({ ifVersion, ifRevision }: Guards, version: number, revision: number): boolean {
  return (ifVersion ?? version) === version && (ifRevision ?? revision) === revision;
}

function deadlineOf(ttl: TimeToLive, before: number, stampMs: number): number | null {
  if (ttl.kind === "forever") return 0;
  if (ttl.kind === "keep") return before;
  const deadline = ttl.kind === "after" ? stampMs + ttl.ms : ttl.ms;
  return ttl.ms === 0 || deadline >= 2 ** 48 ? null : deadline;
}
