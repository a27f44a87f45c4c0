// Where a region is to be had, and what is said about it.

export type RegionName = { readonly job: string; readonly task: number; readonly attempt: number; readonly partition: number };

export const REGION_ROUTE = "/v1/regions/:job/:task/:attempt/:partition";
/** The whole file: what another worker takes over. */
export const OUTPUT_ROUTE = "/v1/regions/:job/:task/:attempt";
/** Headers of the answer: of the whole region, whatever part was asked for. */
export const REGION_BYTES = "flotilla-region-bytes";
export const REGION_RECORDS = "flotilla-region-records";

export function regionPath({ job, task, attempt, partition }: RegionName): string {
  return `/v1/regions/${encodeURIComponent(job)}/${String(task)}/${String(attempt)}/${String(partition)}`;
}

export function outputPath({ job, task, attempt }: Omit<RegionName, "partition">): string {
  return `/v1/regions/${encodeURIComponent(job)}/${String(task)}/${String(attempt)}`;
}
