// What clients were told, and whether it can be true. Cheap checks go first, because they say what is wrong in one line;
// then the linearizability checker judges the whole history.
import { checkHistory } from "../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../core/linearizability/explanation.ts";
import { KV_MODEL } from "../../core/linearizability/kv-model.ts";
import type { KvHistory, KvInput, KvOutput } from "../../core/linearizability/kv-operations.ts";
import type { OpenCall } from "../../core/linearizability/recorder.ts";
import { HistoryRecorder } from "../../core/linearizability/recorder.ts";
import { checkTokens } from "./oracle-tokens.ts";
import { Violation } from "./world/violation.ts";
import { SharedKeys } from "./workloads/shared-keys.ts";
import { SeenVersions } from "./workloads/workload.ts";

export type Call = { readonly open: OpenCall; readonly input: KvInput };

export type StaleRead = { readonly key: string; readonly output: KvOutput };

export class Oracle {
  readonly keys = new SharedKeys();
  readonly versions = new SeenVersions();
  readonly #recorder = new HistoryRecorder<KvInput, KvOutput>();
  readonly #staleReads: StaleRead[] = [];
  #acknowledged = 0;

  called(client: string, input: KvInput): Call {
    return { open: this.#recorder.called(client, input), input };
  }

  done({ open, input }: Call, output: KvOutput): void {
    this.#acknowledged++;
    if ("version" in output && output.version !== undefined) this.versions.note(input.key, output.version);
    if (output.kind === "absent" || output.kind === "deleted") this.versions.note(input.key, 0);
    this.#recorder.done(open, output);
  }

  refused({ open }: Call): void {
    this.#recorder.refused(open);
  }

  /** Nobody will learn what became of it. */
  unknown({ input }: Call): void {
    if (input.kind !== "get") this.keys.leftUnknown(input.key);
  }

  readStale(read: StaleRead): void {
    this.#staleReads.push(read);
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get history(): KvHistory {
    return this.#recorder.history();
  }

  /** After everything has come to rest. `finalState`: every key as a linearizable read found it. */
  judge(finalState: ReadonlyMap<string, string | null>): void {
    const { history } = this;
    const problem = checkTokens(history, { finalState, staleReads: this.#staleReads });
    if (problem !== null) throw new Violation("history", problem.promise, problem.what);
    const verdict = checkHistory(history, KV_MODEL);
    if (verdict.kind === "linearizable") return;
    const { keys, operations } = verdict.partition;
    if (verdict.kind === "outOfBudget") {
      throw new Violation("simulator", "the history can be checked", `no verdict on ${keys.join(", ")} after ${verdict.steps} steps`);
    }
    throw new Violation("history", "histories are linearizable", summaryOf(explain(operations, KV_MODEL), KV_MODEL));
  }
}
