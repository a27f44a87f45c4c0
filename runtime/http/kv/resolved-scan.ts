// Scans of a prefix into which a job has written: a pointer stands at the prefix, and the pairs are somewhere else until they are whole.
import { done } from "../../../core/base/outcome.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { pairsIn } from "../../files/store/output-keys.ts";
import { decodePointer } from "../../files/store/pointer.ts";
import type { MergedPage } from "./page-merge.ts";
import type { Scans, ScanRequest } from "./scan.ts";

type Pages = Pick<Scans, "page">;

export const plainPage = (scans: Pages, request: ScanRequest): Promise<Outcome<MergedPage>> => scans.page(request);

/** Keys as if they were under the prefix. Where no job has written, a plain scan. */
export async function resolvedPage(scans: Pages, request: ScanRequest): Promise<Outcome<MergedPage>> {
  const { call } = request;
  const { prefix } = call;
  // No key comes before the prefix itself.
  const first = await scans.page({ ...request, call: { ...call, after: null, limit: 1 } });
  if (first.kind !== "done") return first;
  const [entry] = first.value.entries;
  const pointer = entry !== undefined && Buffer.compare(entry.key, prefix) === 0 ? decodePointer(entry.value) : null;
  if (pointer === null) return scans.page(request);
  if (pointer.state === "writing") return done({ entries: [], next: null });
  const base = Buffer.from(pairsIn(pointer.at));
  const moved = (key: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array => Buffer.concat([to, key.subarray(from.length)]);
  const after = call.after === null ? null : moved(call.after, prefix, base);
  const page = await scans.page({ ...request, call: { ...call, prefix: base, after } });
  if (page.kind !== "done") return page;
  const { entries, next } = page.value;
  return done({
    entries: entries.map((each) => ({ ...each, key: moved(each.key, base, prefix) })),
    next: next === null ? null : moved(next, base, prefix),
  });
}
