// Scans of a prefix into which a job has written: a pointer stands at the prefix, and the pairs are somewhere else until they are whole.
import { compareBytes, equalBytes } from "../../../core/base/bytes.ts";
import { done } from "../../../core/base/outcome.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { pairsIn } from "../../files/store/output-keys.ts";
import { decodePointer } from "../../files/store/pointer.ts";
import type { ScanCall } from "./many-requests.ts";
import type { MergedPage } from "./page-merge.ts";
import type { Scans, ScanRequest } from "./scan.ts";

type Pages = Pick<Scans, "page">;

export const plainPage = (scans: Pages, request: ScanRequest): Promise<Outcome<MergedPage>> => scans.page(request);

/** Keys as if they were under the prefix. Where no job has written, a plain scan. */
export async function resolvedPage(scans: Pages, request: ScanRequest): Promise<Outcome<MergedPage>> {
  const { call } = request;
  const { prefix } = call;
  if (prefix.length === 0) return scans.page(request);
  // No key comes before the prefix itself; which shards were asked for is about the pairs.
  const first = await scans.page({ ...request, call: { ...call, after: null, limit: 1, shards: [shardOf(prefix)] } });
  if (first.kind !== "done") return first;
  const [entry] = first.value.entries;
  const pointer = entry !== undefined && Buffer.compare(entry.key, prefix) === 0 ? decodePointer(entry.value) : null;
  if (pointer === null) return scans.page(request);
  const base = Buffer.from(pairsIn(pointer.at));
  const after = placeIn(base, call);
  if (pointer.state === "writing" || after === "behind") return done({ entries: [], next: null });
  const page = await scans.page({ ...request, call: { ...call, prefix: base, after } });
  if (page.kind !== "done") return page;
  const { entries, next } = page.value;
  return done({
    entries: entries.map((each) => ({ ...each, key: moved(each.key, base, prefix) })),
    next: next === null ? null : moved(next, base, prefix),
  });
}

/** The key to go on after, as it is under `base`: any key may be asked for, and one that does not begin with the prefix is before all of them or behind. */
function placeIn(base: Uint8Array, { prefix, after }: Pick<ScanCall, "prefix" | "after">): Uint8Array | null | "behind" {
  if (after === null) return null;
  if (equalBytes(after.subarray(0, prefix.length), prefix)) return moved(after, prefix, base);
  return compareBytes(after, prefix) < 0 ? null : "behind";
}

const moved = (key: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array => Buffer.concat([to, key.subarray(from.length)]);
