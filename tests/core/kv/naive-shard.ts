// The same promises as KvShard's, kept in the simplest way: a map that is copied whole for a transaction.
import { concatBytes, textOf, utf8 } from "../../../core/base/bytes.ts";
import { keysOf } from "../../../core/kv/command-facts.ts";
import type { Comparison, Guards, KvCommand, KvOperation, KvQuery, KvScan, TimeToLive } from "../../../core/kv/commands.ts";
import { isRead } from "../../../core/kv/commands.ts";
import type { KvResult, KvSingleResult } from "../../../core/kv/results.ts";
import { slotOf } from "../../../core/shards/slots.ts";

type Item = { readonly value: Uint8Array; readonly version: number; readonly revision: number; readonly deadline: number };
type Failure = Extract<KvSingleResult, { readonly kind: "badRequest" }>;

const FAILURES = ["versionMismatch", "notAnInteger", "notANumber", "overflow", "badRequest", "tooLarge"];
const bad: Failure = { kind: "badRequest", message: "" };

export class NaiveShard {
  items = new Map<string, Item>();
  revision = 0;
  readonly #changed: string[] = [];

  apply(command: KvCommand | Exclude<KvQuery, KvScan>, stampMs: number): KvResult {
    this.#changed.length = 0;
    if (command.kind === "batch") {
      if (command.operations.length === 0) return bad;
      return { kind: "batched", results: command.operations.map((operation) => this.#do(operation, stampMs, null)) };
    }
    if (command.kind !== "txn" && command.kind !== "guardedBatch") return this.#do(command, stampMs, null);
    const keys = keysOf(command);
    if (keys.length === 0 || keys.some((key) => key.length === 0)) return bad;
    if (new Set(keys.map(slotOf)).size > 1) return { kind: "crossSlot", message: "" };
    const before = { items: new Map(this.items), revision: this.revision };
    const succeeded = command.compare.every((comparison) => this.#holds(comparison, stampMs));
    if (command.kind === "guardedBatch") {
      if (!succeeded) return { kind: "mismatched" };
      return { kind: "batched", results: command.operations.map((operation) => this.#do(operation, stampMs, null)) };
    }
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
    if (isRead(operation))
      return item === undefined ? { kind: "absent" } : { kind: "described", version, revision, length: value.length, deadlineMs: deadline };
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
        if (!mayExpire(operation.only, deadline, until)) return { kind: "versionMismatch", version, revision };
        if (until === deadline) return { kind: "unchanged", version, revision };
        return { kind: "written", ...change({ value, deadline: until }) };
      }
      case "setRange": {
        if (operation.value.length === 0) return { kind: "appended", version, revision, length: value.length };
        const { offset } = operation;
        if (offset > 1_000) return { kind: "tooLarge", message: "" };
        const padded = concatBytes([value, new Uint8Array(Math.max(0, offset - value.length))]);
        const whole = concatBytes([padded.slice(0, offset), operation.value, padded.slice(offset + operation.value.length)]);
        return { kind: "appended", ...change({ value: whole, deadline }), length: whole.length };
      }
      case "incrementFloat": {
        const [before, by] = [item === undefined ? "0" : textOf(value), textOf(operation.by)];
        if (![before, by].every((text) => /^[+-]?[0-9]+$/.test(text))) return { kind: "notANumber", message: "" };
        const sum = utf8(String(inSixtyFourBits(inSixtyFourBits(BigInt(before)) + inSixtyFourBits(BigInt(by)))));
        return { kind: "computed", ...change({ value: sum, deadline }), value: sum };
      }
      case "rename": {
        const { to } = operation;
        if (to.length === 0 || slotOf(to) !== slotOf(key)) return bad;
        if (item === undefined) return { kind: "absent" };
        if (textOf(to) === textOf(key)) return { kind: "unchanged", version, revision };
        change(null);
        const there = this.at(to, stampMs)?.version ?? 0;
        this.revision = shared ?? this.revision + 1;
        this.#changed.push(textOf(to));
        this.items.set(textOf(to), { value, deadline, version: there + 1, revision: this.revision });
        return { kind: "written", version: there + 1, revision: this.revision };
      }
    }
  }
}

function mayExpire(only: string | undefined, before: number, until: number): boolean {
  const [isLimited, isEarlier] = [before > 0, before === 0 || until < before];
  if (only === "ifForever") return !isLimited;
  if (only === "ifLimited") return isLimited;
  if (only === "ifLater") return isLimited && until > before;
  if (only === "ifEarlier") return isEarlier;
  return only === undefined || (isLimited && isEarlier);
}

function passes({ ifVersion, ifRevision, ifPresent }: Guards, version: number, revision: number): boolean {
  if (ifPresent === true && version === 0) return false;
  return (ifVersion ?? version) === version && (ifRevision ?? revision) === revision;
}

function deadlineOf(ttl: TimeToLive, before: number, stampMs: number): number | null {
  if (ttl.kind === "forever") return 0;
  if (ttl.kind === "keep") return before;
  const deadline = ttl.kind === "after" ? stampMs + ttl.ms : ttl.ms;
  return ttl.ms === 0 || deadline >= 2 ** 48 ? null : deadline;
}

/** The nearest number whose first 64 bits are all that it has; of two that are as near, the one whose last of them is 0. */
function inSixtyFourBits(number: bigint): bigint {
  const size = number < 0n ? -number : number;
  let step = 1n;
  while (size / step >= 1n << 64n) step *= 2n;
  const below = (size / step) * step;
  const rest = 2n * (size - below);
  const isUp = rest > step || (rest === step && (below / step) % 2n === 1n);
  const nearest = isUp ? below + step : below;
  return number < 0n ? -nearest : nearest;
}
