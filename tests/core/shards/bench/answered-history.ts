// A history that knows which group gave each answer, and when: what a group answered may be lost with it.
import type { GroupId } from "../../../../core/base/ids.ts";
import type { KvHistory, KvInput, KvOperation, KvOutput } from "../../../../core/linearizability/kv-operations.ts";
import type { OpenCall } from "../../../../core/linearizability/recorder.ts";
import { HistoryRecorder } from "../../../../core/linearizability/recorder.ts";

export type Answered = { readonly by: GroupId; readonly atMs: number };

export class AnsweredHistory extends HistoryRecorder<KvInput, KvOutput> {
  /** Whose answer a client is being told. */
  answered: Answered | null = null;
  readonly #answers = new Map<number, Answered>();

  override done(call: OpenCall, output: KvOutput): void {
    super.done(call, output);
    if (this.answered !== null) this.#answers.set(call.position, this.answered);
  }

  /** Without answers that are lost: what was written may be there all the same, or come yet, and what was read says nothing. */
  without(isLost: (key: string, answered: Answered) => boolean): KvHistory {
    return this.history().flatMap((operation, position): readonly KvOperation[] => {
      const answered = this.#answers.get(position);
      if (answered === undefined || !isLost(operation.input.key, answered)) return [operation];
      return operation.input.kind === "get" ? [] : [{ ...operation, outcome: { kind: "unknown" } }];
    });
  }
}
