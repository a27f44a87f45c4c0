// A group's state machine with a single shard, which holds every key.
import type { ApplyContext, Restoration, SnapshotSource, StateMachine } from "../replica/state-machine.ts";
import type { ScrubBudget, Scrubbed } from "../replica/scrub.ts";
import { commandGrows, versionOfCommand, whyTooMuch } from "./command-facts.ts";
import { decodeCommand, decodeQuery } from "./commands.ts";
import { KvScrub } from "./kv-scrub.ts";
import { KvRestoration } from "./kv-snapshot.ts";
import { KvShard } from "./kv-shard.ts";
import { encodeResult } from "./results.ts";

/** More than one command can bring, so that keys that have ended don't pile up. */
const EXPIRED_PER_COMMAND_MAX = 2_000;

export class KvStateMachine implements StateMachine {
  #shard = new KvShard();
  #stampMs = 0;
  #scrub = new KvScrub();

  /** To look at. */
  get shard(): KvShard {
    return this.#shard;
  }

  get keys(): number {
    return this.#shard.size;
  }

  get workBytes(): number {
    return this.#shard.workBytes;
  }

  apply(bytes: Uint8Array, context?: ApplyContext): Uint8Array {
    this.#stampMs = context?.stampMs ?? this.#stampMs;
    const moment = { stampMs: this.#stampMs };
    this.#shard.expire(EXPIRED_PER_COMMAND_MAX, moment);
    const command = decodeCommand(bytes);
    return encodeResult(
      command === null ? { kind: "badRequest", message: "these bytes are no command" } : this.#shard.apply(command, moment),
    );
  }

  query(bytes: Uint8Array): Uint8Array {
    const query = decodeQuery(bytes);
    if (query === null) return encodeResult({ kind: "badRequest", message: "these bytes are no query" });
    return encodeResult(this.#shard.query(query, { stampMs: this.#stampMs }));
  }

  snapshot(): SnapshotSource {
    return this.#shard.snapshot();
  }

  restore(): Restoration {
    const restoration = new KvRestoration();
    return {
      write: (bytes) => restoration.write(bytes),
      finish: () => {
        const state = restoration.finish();
        if (state !== null) this.#shard = new KvShard(state);
        if (state !== null) this.#scrub = new KvScrub();
        return state !== null;
      },
    };
  }

  digest(): string {
    return this.#shard.digest();
  }

  scrub(budget: ScrubBudget): Scrubbed {
    return this.#shard.scrub(this.#scrub, budget);
  }

  grows(bytes: Uint8Array): boolean {
    return commandGrows(decodeCommand(bytes));
  }

  whyTooMuch(bytes: Uint8Array): string | null {
    return whyTooMuch(decodeCommand(bytes));
  }

  versionOf(bytes: Uint8Array): number {
    return versionOfCommand(decodeCommand(bytes));
  }
}
