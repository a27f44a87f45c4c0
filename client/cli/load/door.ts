// What recorded clients need of a cluster: one way in, whichever protocol it speaks.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";

export type Door = {
  /** It takes guards by version. */
  readonly hasGuards: boolean;
  perform(input: KvInput): Promise<Outcome<KvOutput>>;
  close(): Promise<unknown>;
};
