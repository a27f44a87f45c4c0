// The product's replica over a file layer of the tests, several of which run under one launcher: what each needs beside its data
// is derived from its data directory.
import { dirname, join } from "node:path";
import type { FilePort } from "../../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../../runtime/disk/node-files.ts";
import { runReplica } from "../../../services/replica/main.ts";
import { controlledFiles } from "../controlled-files.ts";
import { unsyncedLossFiles } from "../unsynced-loss-files.ts";

const data = process.env["FLOTILLA_DATA_DIR"] ?? "";

function filesFor(layer: string): FilePort {
  switch (layer) {
    case "honoured":
    case "firstOnly":
      return unsyncedLossFiles({ stagingDirectory: `${data}.staging`, syncs: layer });
    case "slow":
      return controlledFiles(
        unsyncedLossFiles({ stagingDirectory: `${data}.staging`, syncs: "honoured" }),
        join(dirname(data), "disk.json"),
      );
    default:
      return nodeFiles();
  }
}

await runReplica({ environment: process.env, files: filesFor(process.env["TEST_LAYER"] ?? "") });
