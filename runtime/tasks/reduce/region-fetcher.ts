// Where the bytes of a region come from: a map attempt's worker, asked for one partition, from some byte on.
import type { MapOutputSource } from "../../../core/mapreduce/assignment.ts";

export type RegionRequest = { readonly job: string; readonly source: MapOutputSource; readonly partition: number; readonly from: number };

/** `bytes`, `records`: of the whole region. `body`: what is behind `from`. */
export type RegionAnswer = { readonly bytes: number; readonly records: number; readonly body: AsyncIterable<Uint8Array> };

/** Rejects when the region can't be had there now. */
export type FetchRegion = (request: RegionRequest) => Promise<RegionAnswer>;
