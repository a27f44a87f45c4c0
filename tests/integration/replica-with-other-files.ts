// The product's replica over another file layer, which TEST_FILES names. The product itself has no switch for this: the
// layer is an argument of the function that its own entry point calls.
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import type { FilePort } from "../../runtime/disk/file-port.ts";
import { runReplica } from "../../services/replica/main.ts";
import { controlledFiles } from "./controlled-files.ts";
import { unsyncedLossFiles } from "./unsynced-loss-files.ts";
import type { SyncPolicy } from "./unsynced-bytes.ts";

export type FileLayer =
  | { readonly kind: "unsyncedLoss"; readonly syncs: SyncPolicy; readonly stagingDirectory: string }
  | { readonly kind: "controlled"; readonly controlFile: string };

function filesFor(layer: FileLayer): FilePort {
  if (layer.kind === "unsyncedLoss") return unsyncedLossFiles(layer);
  return controlledFiles(nodeFiles(), layer.controlFile);
}

const layer = JSON.parse(process.env["TEST_FILES"] ?? "{}") as FileLayer;
await runReplica({ environment: process.env, files: filesFor(layer) });
