// The bytes of a snapshot for tests: the next slice, one after the other, or all of them.
import { ByteWriter } from "../../../../core/base/byte-writer.ts";
import { concatBytes } from "../../../../core/base/bytes.ts";
import type { SnapshotSource } from "../../../../core/replica/state-machine.ts";

/** Null at the end. */
export function nextSlice(source: SnapshotSource, bytesMax: number): Uint8Array | null {
  const slice = new ByteWriter();
  return source.next(slice, bytesMax) ? slice.finish() : null;
}

/** Each is taken when it is asked for. */
export function* slicesOf(source: SnapshotSource, bytesMax: number): Generator<Uint8Array> {
  for (let slice = nextSlice(source, bytesMax); slice !== null; slice = nextSlice(source, bytesMax)) yield slice;
}

export function bytesOf(source: SnapshotSource, bytesMax: number): Uint8Array {
  return concatBytes([...slicesOf(source, bytesMax)]);
}
