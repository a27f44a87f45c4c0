// From files to splits: the same files give the same splits, so that only the files are written down. A split owns the records
// that begin in it; where exactly they begin is seen by whoever reads it.
import type { InputSplit } from "./assignment.ts";
import type { InputFile } from "./report.ts";

export const MAPS_MAX = 200_000;
export const REDUCES_MAX = 10_000;

/** A last piece that is this much larger than the others is better than one more that is tiny. */
const LAST_PIECE = 1.1;

export function planSplits(files: readonly InputFile[], splitBytes: number): readonly InputSplit[] {
  return files.flatMap((file) => splitsOf(file, splitBytes));
}

/** An empty file is one split: an app may have something to say about it. */
function splitsOf({ url, length, compression, etag, splittable }: InputFile, splitBytes: number): readonly InputSplit[] {
  const split = (offset: number, pieceLength: number): InputSplit => ({
    ...{ url, offset, length: pieceLength, fileLength: length, compression, etag },
  });
  if (!splittable || length <= splitBytes * LAST_PIECE) return [split(0, length)];
  const splits: InputSplit[] = [];
  let offset = 0;
  while (length - offset > splitBytes * LAST_PIECE) {
    splits.push(split(offset, splitBytes));
    offset += splitBytes;
  }
  return [...splits, split(offset, length - offset)];
}

/** How many there will be, without making them. */
export function countSplits(files: readonly InputFile[], splitBytes: number): number {
  return files.reduce((sum, { length, splittable }) => {
    if (!splittable || length <= splitBytes * LAST_PIECE) return sum + 1;
    return sum + Math.ceil((length - splitBytes * LAST_PIECE) / splitBytes) + 1;
  }, 0);
}
