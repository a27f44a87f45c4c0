// What happens to a disk of bytes (`cluster … disks=bytes`). Texts name the place: that of the entry which carries them.
import { SECTOR_BYTES } from "../../../runtime/disk/log/frame.ts";
import type { SimulatedDirectory } from "../../simulation/world/disk/simulated-directory.ts";
import { endOfLog, placeOf, sectorAt } from "../log-bytes.ts";
import type { Arguments, Stage, Verb } from "../stage.ts";
import { firstWord, numberNamed } from "./arguments.ts";

const LOG = "log";

/** lose-power n1 …: what was not synced is gone, and nobody starts again by itself. */
export const losePower: Verb = (stage, given) => {
  for (const name of given.words) {
    stage.diskOf(name).bytes.crash("power");
    stage.cluster.end(name);
  }
};

/** start n1 …: from what the disk holds, or not at all. */
export const start: Verb = (stage, given) => {
  for (const name of given.words) stage.cluster.start(name);
};

/** fail-sync n1 [frames=0]: the write of the log after so many others reaches the cache, and the disk reports an error. */
export const failSync: Verb = (stage, given) => {
  stage.diskOf(firstWord(given)).failWrite("sync", numberNamed(given, "frames", 0));
};

/** fail-write n1 [frames=0]: … is done in part only. */
export const failWrite: Verb = (stage, given) => {
  stage.diskOf(firstWord(given)).failWrite("write", numberNamed(given, "frames", 0));
};

/** tear n1 sectors=1: the power fails while what waits for its disk is written; so many sectors of that are there. */
export const tear: Verb = (stage, given) => {
  const name = firstWord(given);
  const disk = stage.diskOf(name);
  const { offset: begin } = endOfLog(disk.bytes);
  disk.write(stage.cluster.at(name).waitingWrites, () => undefined);
  losePower(stage, given);
  const { file, offset: end } = endOfLog(disk.bytes);
  const torn = begin + numberNamed(given, "sectors", 1) * SECTOR_BYTES;
  if (torn >= end) throw new Error(`this write has ${String((end - begin) / SECTOR_BYTES)} sectors`);
  file.write(torn, new Uint8Array(end - torn));
  file.sync();
};

/** lose-sector n1 of=text: it was confirmed once, and is all zero now. */
export const loseSector: Verb = (stage, given) => {
  const place = placeOf(stage.diskOf(firstWord(given)).bytes, LOG, textNamed(given, "of"));
  place.file.write(sectorAt(place), new Uint8Array(SECTOR_BYTES));
  place.file.sync();
};

/** misdirect n1 of=text over=text: a sector went to the place of another. */
export const misdirect: Verb = (stage, given) => {
  const { bytes } = stage.diskOf(firstWord(given));
  const [from, to] = [placeOf(bytes, LOG, textNamed(given, "of")), placeOf(bytes, LOG, textNamed(given, "over"))];
  to.file.write(sectorAt(to), from.file.read(sectorAt(from), SECTOR_BYTES));
  to.file.sync();
};

/** flip-bit n1 in=text [folder=log]: the lowest of its first letter. */
export const flipBit: Verb = (stage, given) => {
  const { bytes } = stage.diskOf(firstWord(given));
  const { path, offset } = placeOf(bytes, given.named.get("folder") ?? LOG, textNamed(given, "in"));
  bytes.flipBit(path, 8 * offset);
};

/** exchange n1 n2 folder=log|snapshots: each has the other's. */
export const exchange: Verb = (stage, given) => {
  const folder = textNamed(given, "folder");
  const [one, other] = given.words.map((name) => dataOf(stage, name));
  if (one === undefined || other === undefined) throw new Error("two members exchange something");
  const kept = one.get(folder);
  one.set(folder, other.get(folder));
  other.set(folder, kept);
  for (const each of [one, other]) each.sync();
};

/** back-up n1: as its disk is now … */
export const backUp: Verb = (stage, given) => {
  for (const name of given.words) stage.diskOf(name).backUp();
};

/** go-back n1: … it is again, and nobody starts by itself. */
export const goBack: Verb = (stage, given) => {
  for (const name of given.words) {
    stage.diskOf(name).goBack();
    stage.cluster.end(name);
  }
};

function dataOf(stage: Stage, name: string): SimulatedDirectory {
  const data = stage.diskOf(name).bytes.root.get("data");
  if (data?.kind !== "directory") throw new Error(`the disk of ${name} is blank`);
  return data;
}

function textNamed({ named }: Arguments, name: string): string {
  const text = named.get(name);
  if (text === undefined) throw new Error(`${name}= is missing`);
  return text;
}
