// The kinds of inputs and outputs that need more than a disk: the store, and a server that speaks S3. Without settings for them they say what
// is missing.
import { KvClient } from "../../client/kv-client.ts";
import { EmbeddedInputs } from "../../runtime/files/embedded/embedded-inputs.ts";
import { EmbeddedOutputs } from "../../runtime/files/embedded/embedded-outputs.ts";
import { FileStore } from "../../runtime/files/embedded/file-store.ts";
import { S3Client } from "../../runtime/files/s3/s3-client.ts";
import type { S3Settings } from "../../runtime/files/s3/s3-client.ts";
import { S3Inputs } from "../../runtime/files/s3/s3-inputs.ts";
import { S3Outputs } from "../../runtime/files/s3/s3-outputs.ts";
import { KeyValues } from "../../runtime/files/store/key-values.ts";
import { KvInputs } from "../../runtime/files/store/kv-inputs.ts";
import { KvOutputs } from "../../runtime/files/store/kv-outputs.ts";
import { runState } from "../../runtime/files/store/run-state.ts";
import type { FileKinds, TaskSettings } from "../../runtime/tasks/processes/machine-environment.ts";

export type KindSettings = {
  /** Replicas; none: no `kv:` and no `files:`. */
  readonly store: readonly string[];
  readonly storeToken: string | null;
  readonly filesBytesMax: number;
  /** Null: no `s3:`. */
  readonly s3: S3Settings | null;
};

/** What the processes of tasks are told. */
export type WorkerTaskSettings = TaskSettings & KindSettings;

export function fileKinds({ store, storeToken, filesBytesMax, s3 }: KindSettings): FileKinds {
  const kv = store.length === 0 ? null : new KeyValues(new KvClient({ endpoints: store, token: storeToken }));
  return merged([...(kv === null ? [] : [storeKinds(kv, filesBytesMax)]), ...(s3 === null ? [] : [s3Kinds(s3, kv)])]);
}

function storeKinds(kv: KeyValues, filesBytesMax: number): FileKinds {
  const files = new FileStore({ kv, quotaBytes: filesBytesMax });
  return {
    inputs: { kv: new KvInputs(kv), files: new EmbeddedInputs(files) },
    outputs: { kv: new KvOutputs(kv), files: new EmbeddedOutputs(files) },
  };
}

function s3Kinds(settings: S3Settings, kv: KeyValues | null): FileKinds {
  const s3 = new S3Client(settings);
  const outputs = new S3Outputs(s3, kv === null ? {} : { stateOf: (run) => runState(kv, run) });
  return { inputs: { s3: new S3Inputs(s3) }, outputs: { s3: outputs } };
}

function merged(kinds: readonly FileKinds[]): FileKinds {
  return {
    inputs: Object.assign({}, ...kinds.map(({ inputs }) => inputs)) as FileKinds["inputs"],
    outputs: Object.assign({}, ...kinds.map(({ outputs }) => outputs)) as FileKinds["outputs"],
  };
}
