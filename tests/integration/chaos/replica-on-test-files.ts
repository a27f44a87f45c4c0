// The product's replica over a file layer of the tests, several of which run under one launcher: what each needs beside its data
// is derived from its data directory.
import type { FilePort } from "../../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../../runtime/disk/node-files.ts";
import { runReplica } from "../../../services/replica/main.ts";
import { unsyncedLossFiles } from "../unsynced-loss-files.ts";

const data = process.env["FLOTILLA_DATA_DIR"] ?? "";

function filesFor(layer: string): FilePort {
  switch (layer) {
    case "honoured":
    case "firstOnly":
      return unsyncedLossFiles({ stagingDirectory: `${data}.staging`, syncs: layer });
    default:
      return nodeFiles();
  }
}

await runReplica({ environment: process.env, files: filesFor(process.env["TEST_LAYER"] ?? "") });
