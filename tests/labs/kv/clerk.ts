// The clerks of the labs, on the product's operations. One call at a time; a call ends only with an answer. Everything that
// they see is written down for the check at the end.
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { KvCommand } from "../../../core/kv/commands.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { HistoryRecorder } from "../../../core/linearizability/recorder.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { Session } from "../../../core/replica/events.ts";
import { OpenSerials } from "../../../core/routing/open-serials.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { demand, LabFailure } from "../script.ts";
import type { Script } from "../script.ts";
import type { Line, Performed } from "./caller.ts";
import { Caller } from "./caller.ts";

export type Recorder = HistoryRecorder<KvInput, KvOutput>;

export type ClerkOptions = { readonly name: string; readonly line: Line; readonly random: Random; readonly recorder: Recorder | null };

export type Found = { readonly value: string; readonly version: number };

/** As the clerks of 2025 are told. `ErrMaybe`: an earlier transmission may have done it. */
export type PutAnswer = "OK" | "ErrNoKey" | "ErrVersion" | "ErrMaybe";

type Write = Extract<KvInput, { readonly kind: "put" | "append" }>;

export class Clerk {
  readonly name: string;
  readonly caller: Caller;
  readonly #recorder: Recorder | null;
  #session: { readonly client: string; readonly serials: OpenSerials } | null = null;

  constructor({ name, line, random, recorder }: ClerkOptions) {
    this.name = name;
    this.caller = new Caller(line, random.child(`clerk ${name}`));
    this.#recorder = recorder;
  }

  /** Null: there is no such key. */
  *find(key: string): Script<Found | null> {
    const call = this.#recorder?.called(this.name, { kind: "get", key });
    const query = encodeQuery({ kind: "get", key: utf8(key) });
    const result = resultOf(
      yield* this.caller.perform({
        ...{ shard: shardOf(utf8(key)), request: "read", read: readResult },
        operation: { kind: "read", query, consistency: "linearizable" },
      }),
    );
    if (result.kind === "absent") {
      if (call !== undefined) this.#recorder?.done(call, { kind: "absent" });
      return null;
    }
    if (result.kind !== "found") throw new LabFailure(`a get of ${key} was answered ${result.kind}`);
    const found = { value: textOf(result.value), version: result.version };
    if (call !== undefined) this.#recorder?.done(call, { kind: "found", ...found });
    return found;
  }

  /** As the clerks of 2020 to 2024 read: a key that is missing is empty. */
  *get(key: string): Script<string> {
    return (yield* this.find(key))?.value ?? "";
  }

  *put(key: string, value: string): Script<void> {
    yield* this.#once({ kind: "put", key, value });
  }

  /** The length of the whole. */
  *append(key: string, value: string): Script<number> {
    const { length } = yield* this.#once({ kind: "append", key, value });
    return length ?? 0;
  }

  /** Under no serial: the version alone decides, so it may be sent again and again. */
  *putIf(key: string, value: string, version: number): Script<PutAnswer> {
    const input: KvInput = { kind: "put", key, value, ifVersion: version };
    const call = this.#recorder?.called(this.name, input);
    const command = encodeCommand({ kind: "put", key: utf8(key), value: utf8(value), guards: { ifVersion: version, ifRevision: null } });
    let mayHaveHappened = false;
    for (;;) {
      const performed = yield* this.caller.perform({
        ...{ shard: shardOf(utf8(key)), request: "plainWrite", read: readResult },
        operation: { kind: "write", command, session: null },
      });
      if (performed !== "newClient" && performed.outcome.kind === "unknown") {
        mayHaveHappened = true;
        continue;
      }
      const result = resultOf(performed);
      if (result.kind === "written") {
        if (call !== undefined) this.#recorder?.done(call, { kind: "written", version: result.version });
        return "OK";
      }
      if (result.kind !== "versionMismatch") throw new LabFailure(`a put of ${key} was answered ${result.kind}`);
      // What an earlier transmission did is not known: left open, it may have been this put or not.
      if (mayHaveHappened) return "ErrMaybe";
      if (call !== undefined) this.#recorder?.done(call, { kind: "versionMismatch", version: result.version });
      return result.version === 0 ? "ErrNoKey" : "ErrVersion";
    }
  }

  /** Deletes it if it holds this value. May be sent again and again; no part of the history. */
  *deleteIf(key: string, value: string): Script<void> {
    const operand = { key: utf8(key) };
    const command = encodeCommand({
      ...{ kind: "txn", else: [] },
      compare: [{ kind: "value", ...operand, value: utf8(value) }],
      then: [{ kind: "delete", ...operand, guards: NO_GUARDS }],
    });
    for (;;) {
      const performed = yield* this.caller.perform({
        ...{ shard: shardOf(utf8(key)), request: "plainWrite", read: readResult },
        operation: { kind: "write", command, session: null },
      });
      if (performed === "newClient" || performed.outcome.kind === "unknown") continue;
      const result = resultOf(performed);
      demand(result.kind === "transacted", () => `a transaction was answered ${result.kind}`);
      return;
    }
  }

  *#once(input: Write): Script<{ readonly length?: number }> {
    const key = utf8(input.key);
    const command = encodeCommand({ ...input, key, guards: NO_GUARDS, value: utf8(input.value) } as KvCommand);
    const call = this.#recorder?.called(this.name, input);
    for (;;) {
      const session = yield* this.#openSession();
      const serial = session.serials.open();
      const asked: Session = { client: session.client, serial, acked: session.serials.acked };
      const performed = yield* this.caller.perform({
        ...{ shard: shardOf(key), request: "exactlyOnce", read: readResult },
        operation: { kind: "write", command, session: asked },
      });
      session.serials.close(serial);
      if (performed === "newClient") {
        this.#session = null;
        continue;
      }
      const result = resultOf(performed);
      if (result.kind !== "written" && result.kind !== "appended") throw new LabFailure(`${input.kind} was answered ${result.kind}`);
      const length = result.kind === "appended" ? result.length : undefined;
      const output = { kind: "written", version: result.version } as const;
      if (call !== undefined) this.#recorder?.done(call, length === undefined ? output : { ...output, length });
      return length === undefined ? {} : { length };
    }
  }

  *#openSession(): Script<{ readonly client: string; readonly serials: OpenSerials }> {
    while (this.#session === null) {
      const performed = yield* this.caller.perform({
        ...{ shard: null, request: "read", operation: { kind: "newClient" } },
        read: (reply) => (reply.kind === "client" ? done(reply.client) : refused("internal", "no client id")),
      });
      if (performed === "newClient" || performed.outcome.kind !== "done") continue;
      this.#session = { client: performed.outcome.value, serials: new OpenSerials() };
    }
    return this.#session;
  }
}

function readResult(reply: Reply): Outcome<KvResult> {
  const result = reply.kind === "result" ? decodeResult(reply.result) : null;
  return result === null ? refused("internal", "an answer that can't be read") : done(result);
}

/** Anything but an answer is a failure of the lab: clerks wait until they have one. */
function resultOf(performed: Performed<KvResult>): KvResult {
  demand(performed !== "newClient", () => "a call without a session lost its session");
  const { outcome } = performed;
  if (outcome.kind === "done") return outcome.value;
  throw new LabFailure(`a clerk was told ${JSON.stringify(outcome)}`);
}
