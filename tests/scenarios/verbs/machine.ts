// What happens to a member's disk and process.
import { firstWord, numberNamed } from "./arguments.ts";
import type { Verb } from "../stage.ts";

/** pause-disk n1: writes wait. */
export const pauseDisk: Verb = (stage, given) => {
  for (const name of given.words) stage.cluster.at(name).diskPaused = true;
};

/** write-disk n1 [batches=1]: only the oldest of the writes that wait are done. */
export const writeDisk: Verb = (stage, given) => {
  stage.cluster.writeBatches(firstWord(given), numberNamed(given, "batches", 1));
};

/** resume-disk n1: they are done, in order. */
export const resumeDisk: Verb = (stage, given) => {
  for (const name of given.words) stage.cluster.resumeDisk(name);
};

/** crash n1: it loses what was not written and starts again from its disk. Messages under way stay under way. */
export const crash: Verb = (stage, given) => {
  for (const name of given.words) stage.cluster.crash(name);
};

/** wipe n1: it starts again under its old id, with an empty disk. */
export const wipe: Verb = (stage, given) => {
  for (const name of given.words) stage.cluster.wipe(name);
};

/** restarted n1 peer=n2: n1 is told that n2 has begun a new life, as its envelope would. */
export const restarted: Verb = (stage, given) => {
  const peer = given.named.get("peer") ?? "";
  stage.cluster.raft(firstWord(given)).peerRestarted(stage.cluster.at(peer).self);
};

/** snapshot n1: of what it has applied; the log gives way as far as `trailing` allows. */
export const snapshot: Verb = (stage, given) => {
  for (const name of given.words) {
    const { id } = stage.cluster.snapshot(name);
    stage.say(`${id}, log begins after ${String(stage.cluster.raft(name).status().baseIndex)}`);
  }
};

/** spoil n1: the bytes of its newest snapshot change on the disk; on a disk of bytes `flip-bit` does that. */
export const spoil: Verb = (stage, given) => {
  const newest = stage.cluster.at(firstWord(given)).disk.snapshots.at(-1);
  if (newest === undefined) throw new Error("there is no snapshot to spoil");
  newest.bytes.fill(0x20, 1, 3);
};
