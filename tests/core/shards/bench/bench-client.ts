// A client of the bench. It has a session, sends its writes to whichever group it believes in, and sends them again, under
// the same serial, until it has an answer. Copies of its requests may arrive at any later time, anywhere.
import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import type { Random } from "../../../../core/base/random.ts";
import { encodeCommand, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { decodeResult } from "../../../../core/kv/results.ts";
import type { Session } from "../../../../core/replica/events.ts";

/** Appended to a key that many share: its place in the whole is known from the answer. */
export type AppendedToken = { readonly key: string; readonly token: string; readonly length: number };

type Operation = { readonly serial: number; readonly key: string; readonly command: Uint8Array; readonly effect: Effect; sentAtMs: number };
type Effect = { readonly kind: "append"; readonly token: string } | { readonly kind: "own"; readonly value: string | null };

const OPEN_MAX = 3;
const AHEAD_MAX = 12;
const PATIENCE_MS = 150;

export type Request = {
  readonly command: Uint8Array;
  readonly session: Session;
  readonly answer: (outcome: Outcome<Uint8Array>) => void;
};
export type Send = (key: string, request: Request) => void;

export class BenchClient {
  readonly acknowledged: AppendedToken[] = [];
  /** What its own key holds, as far as its last write of it is answered. */
  ownValue: string | null = null;
  readonly ownKey: string;
  readonly #name: string;
  readonly #id: string;
  readonly #keys: readonly string[];
  readonly #random: Random;
  readonly #open = new Map<number, Operation>();
  #serials = 0;

  constructor({ name, id, keys, random }: { name: string; id: string; keys: readonly string[]; random: Random }) {
    this.#name = name;
    this.#id = id;
    this.#keys = keys;
    this.#random = random;
    this.ownKey = `${keys[0] as string}-of-${name}`;
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** `begins`: whether it may begin something new, or only ends what it has begun. */
  step(nowMs: number, begins: boolean, send: Send): void {
    if (begins && this.#mayBegin() && this.#random.chance(0.3)) this.#begin();
    for (const operation of this.#open.values()) {
      if (nowMs - operation.sentAtMs < PATIENCE_MS) continue;
      operation.sentAtMs = nowMs;
      const acked = Math.min(...this.#open.keys()) - 1;
      const session = { client: this.#id, serial: operation.serial, acked };
      const answer = (outcome: Outcome<Uint8Array>): void => this.#answered(operation, outcome);
      send(operation.key, { command: operation.command, session, answer });
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
      this.#open.set(serial, { serial, key: this.ownKey, command, effect: { kind: "own", value }, sentAtMs: -Infinity });
      return;
    }
    const key = this.#random.pick(this.#keys);
    const token = `<${this.#name}.${String(serial)}>`;
    const command = encodeCommand({ kind: "append", key: utf8(key), guards: NO_GUARDS, value: utf8(token) });
    this.#open.set(serial, { serial, key, command, effect: { kind: "append", token }, sentAtMs: -Infinity });
  }

  #answered({ serial, key, effect }: Operation, outcome: Outcome<Uint8Array>): void {
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
  }
}

const PASSING: ReadonlySet<string> = new Set(["wrongShard", "shardMoving", "starting", "notLeader", "serialForgotten"]);
