// Where something is on a disk of bytes, for commands that do harm there: a text is found by its bytes, so that a scenario can name the
// entry that it means.
import { SECTOR_BYTES } from "../../runtime/disk/log/frame.ts";
import type { SimulatedDisk } from "../simulation/world/disk/simulated-disk.ts";
import type { SimulatedFile } from "../simulation/world/disk/simulated-file.ts";

export type BytePlace = { readonly path: string; readonly file: SimulatedFile; readonly offset: number };

/** The first place where it stands. */
export function placeOf(disk: SimulatedDisk, folder: string, text: string): BytePlace {
  for (const [path, file] of disk.files().filter(([each]) => each.startsWith(`/data/${folder}/`))) {
    const offset = Buffer.from(file.read(0, file.writtenBytes)).indexOf(text, 0, "latin1");
    if (offset !== -1) return { path, file, offset };
  }
  throw new Error(`"${text}" is nowhere in ${folder}/ of this disk`);
}

export const sectorAt = ({ offset }: BytePlace): number => offset - (offset % SECTOR_BYTES);

/** The segment that frames go to, and where the next one goes. */
export function endOfLog(disk: SimulatedDisk): BytePlace {
  const segments = disk.files().filter(([path]) => path.endsWith(".segment"));
  // Behind the one that is written to there may be another, made ahead of time: it has its first sector only.
  const [path, file] = segments.findLast(([, each]) => each.writtenBytes > SECTOR_BYTES) ?? segments[0] ?? [];
  if (path === undefined || file === undefined) throw new Error("there is no log on this disk");
  return { path, file, offset: file.writtenBytes };
}
