// Answers who asks for a region of a map attempt. The files say where their regions are; what was written before a restart is served like
// everything else. What is asked for is checked: it becomes the name of a file.
import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import type { MapOutputs } from "../map/map-outputs.ts";
import type { Region, RegionIndex } from "../regions/region-file.ts";
import { RegionFile } from "../regions/region-file.ts";
import type { RegionName } from "./region-path.ts";
import { REGION_BYTES, REGION_RECORDS } from "./region-path.ts";

export type RegionAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
};

/** Of all indexes that are remembered. One of a thousand reduces has 24 KB, and there may be one for each map that there ever was. */
const INDEX_BYTES_MAX = 16 << 20;
const RANGE = /^bytes=(\d{1,15})-$/;

export class RegionServer {
  readonly #mapOutputs: MapOutputs;
  readonly #indexes = new Map<string, RegionIndex>();
  #indexBytes = 0;
  #bytes = 0;

  constructor(mapOutputs: MapOutputs) {
    this.#mapOutputs = mapOutputs;
  }

  /** Served so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `range`: the header, or undefined. */
  answer(name: RegionName, range: string | undefined): RegionAnswer {
    const found = this.#find(name);
    if (found === null) return { status: 404, headers: {}, body: null };
    const { path, region } = found;
    const from = range === undefined ? 0 : Number(RANGE.exec(range)?.[1] ?? NaN);
    if (!(from <= region.bytes)) return { status: 416, headers: { "content-range": `bytes */${String(region.bytes)}` }, body: null };
    const length = region.bytes - from;
    this.#bytes += length;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(length),
      [REGION_BYTES]: String(region.bytes),
      [REGION_RECORDS]: String(region.records),
    };
    const start = region.offset + from;
    // A region has an end mark at least, so only what begins behind it has no bytes.
    const body = length === 0 ? null : createReadStream(path, { start, end: start + length - 1, highWaterMark: 1 << 18 });
    if (range === undefined) return { status: 200, headers, body };
    const last = String(Math.max(from, region.bytes - 1));
    return { status: 206, headers: { ...headers, "content-range": `bytes ${String(from)}-${last}/${String(region.bytes)}` }, body };
  }

  /** All regions of an attempt, as they lie on the disk. */
  wholeOutput(attempt: Omit<RegionName, "partition">): RegionAnswer {
    try {
      const path = this.#mapOutputs.pathOf(attempt);
      const { size } = statSync(path);
      this.#bytes += size;
      const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
      return { status: 200, headers, body: createReadStream(path, { highWaterMark: 1 << 18 }) };
    } catch {
      return { status: 404, headers: {}, body: null };
    }
  }

  forget(job: string): void {
    for (const path of this.#indexes.keys()) if (path.startsWith(`${this.#mapOutputs.pathOfJob(job)}/`)) this.#drop(path);
  }

  #find({ job, task, attempt, partition }: RegionName): { readonly path: string; readonly region: Region } | null {
    try {
      const path = this.#mapOutputs.pathOf({ job, task, attempt });
      const region = this.#indexOf(path).at(partition);
      return region === undefined ? null : { path, region };
    } catch {
      return null;
    }
  }

  #indexOf(path: string): RegionIndex {
    const known = this.#indexes.get(path);
    if (known !== undefined) return known;
    const file = new RegionFile(path);
    file.close();
    this.#indexes.set(path, file.regions);
    this.#indexBytes += file.regions.bytes;
    for (const oldest of this.#indexes.keys()) {
      if (this.#indexBytes <= INDEX_BYTES_MAX || oldest === path) break;
      this.#drop(oldest);
    }
    return file.regions;
  }

  #drop(path: string): void {
    this.#indexBytes -= this.#indexes.get(path)?.bytes ?? 0;
    this.#indexes.delete(path);
  }
}
