// What the index of all jobs says of one: that there is such a job, by which run, and how it ended.
import type { JobView } from "./view.ts";

/** `run` is missing in lines from before there were such names. */
export type IndexLine =
  | { readonly ended: false; readonly run?: string | undefined }
  | { readonly ended: true; readonly view: Omit<JobView, "run"> & { readonly run?: string } };

export const liveLine = (run: string | undefined): string => JSON.stringify({ ended: false, run } satisfies IndexLine);
export const endedLine = (view: JobView): string => JSON.stringify({ ended: true, view } satisfies IndexLine);
export const decodeLine = (text: string): IndexLine => JSON.parse(text) as IndexLine;

/** Whether it speaks of this run of the job. */
export function isLineOf(line: IndexLine, job: string, run: string): boolean {
  return ((line.ended ? line.view.run : line.run) ?? job) === run;
}
