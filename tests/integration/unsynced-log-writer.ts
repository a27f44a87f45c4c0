// A process that writes a log over the layer that loses what was not synced, and says how far it was confirmed, until it
// is killed. Arguments: the directory of the log, the staging folder, and how syncs are honoured.
import { asIndex, asServiceIndex, asTerm } from "../../core/base/ids.ts";
import { createEntry } from "../../core/raft/entry.ts";
import { DEFAULT_LOG_LIMITS } from "../../runtime/disk/log/log-options.ts";
import { recoverLog } from "../../runtime/disk/recovery.ts";
import type { WriteAheadLog } from "../../runtime/disk/write-ahead-log.ts";
import type { SyncPolicy } from "./unsynced-bytes.ts";
import { unsyncedLossFiles } from "./unsynced-loss-files.ts";

const [directory = "", stagingDirectory = "", syncs = "honoured"] = process.argv.slice(2);

recoverLog(
  {
    files: unsyncedLossFiles({ stagingDirectory, syncs: syncs as SyncPolicy }),
    directory,
    log: "m1",
    snapshot: null,
    mustExist: false,
    limits: { ...DEFAULT_LOG_LIMITS, segmentBytes: 65_536 },
    onFailure: (problem) => fail(problem.message),
    observe: () => undefined,
  },
  (problem, recovered) => {
    if (problem !== null) return fail(problem.message);
    process.stdout.write(`recovered ${String(recovered.entries.length)}\n`);
    writeOn(recovered.log, recovered.entries.length + 1);
  },
);

function writeOn(log: WriteAheadLog, index: number): void {
  const entry = createEntry({
    index: asIndex(index),
    term: asTerm(1),
    serviceIndex: asServiceIndex(index),
    kind: "command",
    version: 1,
    body: new Uint8Array(200),
  });
  log.append({ restartAfter: null, hardState: null, truncateFrom: null, entries: [entry] }, () => {
    process.stdout.write(`confirmed ${String(index)}\n`);
    writeOn(log, index + 1);
  });
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
