// A client of the bench. It has a session, sends its writes to whichever group it believes in, and sends them again, under
// the same serial, until it has an answer; between them it reads. Copies of its requests may arrive at any later time, anywhere.
// What it asked and was told is written down for the checker.
import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import type { Random } from "../../../../core/base/random.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { decodeResult } from "../../../../core/kv/results.ts";
import type { KvInput, KvOutput } from "../../../../core/linearizability/kv-operations.ts";
import type { HistoryRecorder, OpenCall } from "../../../../core/linearizability/recorder.ts";
import type { Session } from "../../../../core/replica/events.ts";

/** Appended to a key that many share: its place in the whole is known from the answer. */
export type AppendedToken = { readonly key: string; readonly token: string; readonly length: number };

type Operation = {
  readonly serial: number;
  readonly key: string;
  readonly command: Uint8Array;
  readonly effect: Effect;
  readonly call: OpenCall;
  sentAtMs: number;
};
type Reading = { readonly key: string; readonly call: OpenCall; sentAtMs: number };
type Effect = { readonly kind: "append"; readonly token: string } | { readonly kind: "own"; readonly value: string | null };

const OPEN_MAX = 3;
const AHEAD_MAX = 12;
const PATIENCE_MS = 150;

export type Request = {
  readonly command: Uint8Array;
  readonly session: Session;
  readonly answer: (outcome: Outcome<Uint8Array>) => void;
};
export type Query = { readonly query: Uint8Array; readonly answer: (outcome: Outcome<Uint8Array>) => void };
export type Line = { readonly write: (key: string, request: Request) => void; readonly read: (key: string, query: Query) => void };
export type History = HistoryRecorder<KvInput, KvOutput>;

export type BenchClientOptions = {
  readonly name: string;
  readonly id: string;
  readonly keys: readonly string[];
  readonly random: Random;
  readonly history: History;
};

export class BenchClient {
  readonly acknowledged: AppendedToken[] = [];
  /** What its own key holds, as far as its last write of it is answered. */
  ownValue: string | null = null;
  readonly ownKey: string;
  readonly #name: string;
  readonly #id: string;
  readonly #keys: readonly string[];
  readonly #random: Random;
  readonly #history: History;
  readonly #open = new Map<number, Operation>();
  #reading: Reading | null = null;
  #serials = 0;

  constructor({ name, id, keys, random, history }: BenchClientOptions) {
    this.#history = history;
    this.#name = name;
    this.#id = id;
    this.#keys = keys;
    this.#random = random;
    this.ownKey = `${keys[0] as string}-of-${name}`;
  }

  get isIdle(): boolean {
    return this.#open.size === 0 && this.#reading === null;
  }

  /** Of what it is not answered yet. */
  get openKeys(): readonly string[] {
    return [...this.#open.values(), ...(this.#reading === null ? [] : [this.#reading])].map(({ key }) => key);
  }

  /** `begins`: whether it may begin something new, or only ends what it has begun. */
  step(nowMs: number, begins: boolean, line: Line): void {
    if (begins && this.#mayBegin() && this.#random.chance(0.3)) this.#begin();
    if (begins && this.#reading === null && this.#random.chance(0.3)) this.#beginReading();
    if (this.#reading !== null && nowMs - this.#reading.sentAtMs >= PATIENCE_MS) this.#read(this.#reading, nowMs, line);
    for (const operation of this.#open.values()) {
      if (nowMs - operation.sentAtMs < PATIENCE_MS) continue;
      operation.sentAtMs = nowMs;
      const acked = Math.min(...this.#open.keys()) - 1;
      const session = { client: this.#id, serial: operation.serial, acked };
      const answer = (outcome: Outcome<Uint8Array>): void => this.#answered(operation, outcome);
      line.write(operation.key, { command: operation.command, session, answer });
    }
  }

  /** No further ahead of what it has all answers to than a session remembers. */
  #mayBegin(): boolean {
    const oldest = Math.min(...this.#open.keys(), this.#serials + 1);
    return this.#open.size < OPEN_MAX && this.#serials - oldest < AHEAD_MAX;
  }

  #begin(): void {
    const serial = ++this.#serials;
    const isOwnFree = ![...this.#open.values()].some(({ effect }) => effect.kind === "own");
    if (isOwnFree && this.#random.chance(0.3)) {
      const value = this.#random.chance(0.4) ? null : `${this.#name}.${String(serial)}`;
      const key = utf8(this.ownKey);
      const command = encodeCommand(
        value === null ? { kind: "delete", key, guards: NO_GUARDS } : { kind: "put", key, guards: NO_GUARDS, value: utf8(value) },
      );
      const input: KvInput = value === null ? { kind: "delete", key: this.ownKey } : { kind: "put", key: this.ownKey, value };
      this.#add({ serial, key: this.ownKey, command, effect: { kind: "own", value } }, input);
      return;
    }
    const key = this.#random.pick(this.#keys);
    const token = `<${this.#name}.${String(serial)}>`;
    const command = encodeCommand({ kind: "append", key: utf8(key), guards: NO_GUARDS, value: utf8(token) });
    this.#add({ serial, key, command, effect: { kind: "append", token } }, { kind: "append", key, value: token });
  }

  #add(operation: Omit<Operation, "call" | "sentAtMs">, input: KvInput): void {
    this.#open.set(operation.serial, { ...operation, call: this.#history.called(this.#name, input), sentAtMs: -Infinity });
  }

  #beginReading(): void {
    const key = this.#random.pick([...this.#keys, this.ownKey]);
    this.#reading = { key, call: this.#history.called(this.#name, { kind: "get", key }), sentAtMs: -Infinity };
  }

  #read(reading: Reading, nowMs: number, line: Line): void {
    reading.sentAtMs = nowMs;
    const answer = (outcome: Outcome<Uint8Array>): void => {
      if (this.#reading !== reading || outcome.kind !== "done") return;
      this.#reading = null;
      this.#history.done(reading.call, outputOf(outcome.value));
    };
    line.read(reading.key, { query: encodeQuery({ kind: "get", key: utf8(reading.key) }), answer });
  }

  #answered({ serial, key, effect, call }: Operation, outcome: Outcome<Uint8Array>): void {
    if (!this.#open.has(serial)) return;
    if (outcome.kind !== "done") {
      if (outcome.kind === "refused" && !PASSING.has(outcome.refusal.code)) {
        throw new Error(`${this.#name} was refused for good: ${outcome.refusal.code} ${outcome.refusal.message}`);
      }
      return;
    }
    const result = decodeResult(outcome.value);
    if (effect.kind === "own") this.ownValue = effect.value;
    else if (result?.kind === "appended") this.acknowledged.push({ key, token: effect.token, length: result.length });
    else throw new Error(`${this.#name} was answered ${result?.kind ?? textOf(outcome.value)}`);
    this.#open.delete(serial);
    this.#history.done(call, outputOf(outcome.value));
  }
}

/** What a client sees of an answer. */
export function outputOf(bytes: Uint8Array): KvOutput {
  const result = decodeResult(bytes);
  switch (result?.kind) {
    case "found":
      return { kind: "found", value: textOf(result.value), version: result.version };
    case "written":
      return { kind: "written", version: result.version };
    case "appended":
      return { kind: "written", version: result.version, length: result.length };
    case "deleted":
      return { kind: "deleted", deleted: result.deleted };
    case "absent":
      return { kind: "absent" };
    default:
      throw new Error(`nobody asked for ${result?.kind ?? "nothing"}`);
  }
}

const PASSING: ReadonlySet<string> = new Set(["wrongShard", "shardMoving", "starting", "notLeader", "serialForgotten"]);
