// A job as text: one line while it runs, a few when it has ended. Pure.
import type { JobView } from "../../../core/coordinator/view.ts";
import type { Paint } from "../terminal.ts";
import { count, counted, duration, MARKS, progressBar } from "../terminal.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

/** Maps are about two thirds of the way; nobody knows better before they are done. */
const MAPS_SHARE = 0.65;

export function shareOf({ maps, reduces, state }: Pick<JobView, "maps" | "reduces" | "state">): number {
  if (state === "succeeded") return 1;
  const part = ({ done, total }: { readonly done: number; readonly total: number | null }): number =>
    total === null || total === 0 ? 0 : done / total;
  return MAPS_SHARE * part(maps) + (1 - MAPS_SHARE) * part(reduces);
}

/** `nowMs`: of the same clock as the job's own times. */
export function progressLine(job: JobView, nowMs: number): string {
  const share = shareOf(job);
  const ranMs = job.startedAt === null ? 0 : Math.max(1, nowMs - job.startedAt);
  const read = job.bytes.input + job.bytes.running;
  const facts = [
    `maps ${count(job.maps.done)}/${job.maps.total === null ? "?" : count(job.maps.total)}`,
    `reduces ${count(job.reduces.done)}/${count(job.reduces.total ?? 0)}`,
    ...(job.bytes.total === null ? [] : [`${bytesText(read)} of ${bytesText(job.bytes.total)}`]),
    ...(ranMs > 0 && read > 0 ? [`${bytesText((read * 1_000) / ranMs)}/s`] : []),
    ...(share > 0.05 && share < 1 ? [`about ${duration((ranMs * (1 - share)) / share)} left`] : []),
    ...(job.stragglers > 0 ? [`${counted(job.stragglers, "straggler")}`] : []),
  ];
  return `${progressBar(share)}  ${facts.join(" · ")}`;
}

export function endedLines(job: JobView, paint: Paint): readonly string[] {
  const tookMs = (job.finishedAt ?? 0) - (job.startedAt ?? job.submittedAt);
  const what = `Job ${job.id}`;
  if (job.state === "failed") {
    const { error } = job;
    const where = [
      ...(error?.record === null || error?.record === undefined ? [] : [`record ${error.record}`]),
      ...(error?.file === null || error?.file === undefined ? [] : [error.file]),
      ...(error?.offset === null || error?.offset === undefined ? [] : [`offset ${error.offset}`]),
    ];
    return [
      `${paint.red(MARKS.bad)} ${what} failed: ${error?.reason ?? ""}: ${error?.message ?? ""}`,
      ...(where.length === 0 ? [] : [`  ${where.join(", ")}`]),
    ];
  }
  if (job.state === "cancelled") return [`${paint.yellow(MARKS.warning)} ${what} was cancelled after ${duration(tookMs)}.`];
  const { records, attempts, bytes } = job;
  // Of an empty input there is no record.
  const read = `${bytesText(bytes.input)}${records.mapInput > 0 ? ` in ${counted(records.mapInput, "record")}` : ""}`;
  return [
    `${paint.green(MARKS.good)} ${what} has succeeded after ${duration(tookMs)}: ${job.outputs.join(", ")}`,
    `  ${counted(job.maps.total ?? 0, "map")} read ${read}, ${counted(job.reduces.total ?? 0, "reduce")} wrote ${counted(records.reduceOutput, "record")}; ${counted(attempts.started, "attempt")}, ${count(attempts.failed)} failed, ${count(attempts.lost)} lost`,
    ...(job.skipped > 0 ? [`  ${paint.yellow(MARKS.warning)} ${counted(job.skipped, "record")} left out`] : []),
    ...Object.entries(job.counters).map(([name, value]) => `  ${name}: ${count(value)}`),
  ];
}
