import { JOB_TRANSITIONS } from "../../../core/mapreduce/job-record.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { countObservations, readState } from "../../../services/coordinator/job-metrics.ts";
import { ACoordinator, describeJob, failure, inputFile } from "../../core/coordinator/a-coordinator.ts";

/** A coordinator, and its metrics as Prometheus sees them. */
function watched(files = 3, coordinator = new ACoordinator()) {
  const metrics = new Metrics({ service: "coordinator", version: "0" });
  const count = countObservations(metrics);
  readState(metrics, coordinator.core);
  coordinator.planned(
    Array.from({ length: files }, (_, i) => inputFile(i)),
    describeJob("j", { skipsMax: 5 }),
  );
  const value = async (series: string): Promise<number> => {
    for (const effect of coordinator.told.splice(0)) if (effect.kind === "observe") count(effect.observation);
    const line = (await metrics.text()).split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? Number.NaN);
  };
  return { coordinator, value };
}

test("every series of a closed set is there before anything has happened, with 0", async () => {
  const { value } = watched();
  for (const state of ["succeeded", "failed", "cancelled"]) expect(await value(`flotilla_jobs_ended_total{state="${state}"}`)).toBe(0);
  for (const state of Object.keys(JOB_TRANSITIONS))
    expect(await value(`flotilla_jobs{state="${state}"}`)).toBe(state === "mapping" ? 1 : 0);
  expect(await value('flotilla_attempt_failures_total{reason="threw"}')).toBe(0);
  expect(await value('flotilla_backup_attempts_total{result="done"}')).toBe(0);
  expect(await value('flotilla_task_bytes_total{phase="map",direction="read"}')).toBe(0);
  expect(await value('flotilla_records_skipped_total{phase="reduce"}')).toBe(0);
  for (const phase of ["map", "reduce"]) expect(await value(`flotilla_task_duration_seconds_count{phase="${phase}"}`)).toBe(0);
  expect(await value("flotilla_shuffle_bytes_total")).toBe(0);
  expect(await value("flotilla_map_outputs_lost_total")).toBe(0);
});

test("what fails is counted by why, and what is lost as lost", async () => {
  const { coordinator, value } = watched();
  const [map, other] = coordinator.grab("w", 2);
  coordinator.report("w", map?.name as never, { kind: "failed", failure: failure({ reason: "outOfMemory" }) });
  expect(await value('flotilla_attempt_failures_total{reason="outOfMemory"}')).toBe(1);
  expect(await value('flotilla_task_attempts_total{phase="map",result="failed"}')).toBe(1);
  expect(other).toBeDefined();
  coordinator.tick(60_000);
  expect(await value('flotilla_attempt_failures_total{reason="lost"}')).toBe(1);
  expect(await value('flotilla_task_attempts_total{phase="map",result="lost"}')).toBe(1);
});

test("the work of a task counts once, also when it ran twice; and what reduces read was shuffled", async () => {
  const { coordinator, value } = watched(1);
  const [map] = coordinator.grab("w", 1);
  const work = { ...NO_WORK, recordsRead: 3, recordsWritten: 4, bytesRead: 50, bytesWritten: 40, cpuMs: 1_500 };
  coordinator.mapDone("w", map?.name as never, { work, skipped: 2 });
  coordinator.tick(40_000);
  const [again] = coordinator.grab("v", 1);
  expect(again?.name).toMatchObject({ phase: "map", attempt: 2 });
  coordinator.mapDone("v", again?.name as never, { work, skipped: 2 });
  expect(await value("flotilla_map_outputs_lost_total")).toBe(1);
  expect(await value('flotilla_task_records_total{phase="map",direction="read"}')).toBe(3);
  expect(await value('flotilla_task_records_total{phase="map",direction="written"}')).toBe(4);
  expect(await value('flotilla_task_bytes_total{phase="map",direction="written"}')).toBe(40);
  expect(await value('flotilla_task_cpu_seconds_total{phase="map"}')).toBe(1.5);
  expect(await value('flotilla_records_skipped_total{phase="map"}')).toBe(2);
  const [reduce] = coordinator.grab("v", 1);
  const file = { name: "part-0", temporary: "part-0.1", bytes: 1, checksum: "" };
  coordinator.report("v", reduce?.name as never, [{ kind: "reduced", files: [file], keys: 1 }, { work: { ...NO_WORK, bytesRead: 20 } }]);
  expect(await value("flotilla_shuffle_bytes_total")).toBe(20);
});

test("attempts that take far longer than their like are seen, and so is what their second copies come to", async () => {
  const { coordinator, value } = watched(4);
  const [slow] = coordinator.grab("slow", 1);
  for (const { name } of coordinator.grab("w", 3)) {
    coordinator.tick(100);
    coordinator.mapDone("w", name);
  }
  expect(await value('flotilla_tasks_straggling{phase="map"}')).toBe(0);
  // It is heard of, and is no further.
  for (let i = 0; i < 6; i++) {
    coordinator.tick(2_000);
    coordinator.poll("slow", { slots: 0, running: [{ ...(slow?.name as never as object), fraction: 0, work: NO_WORK } as never] });
  }
  expect(await value('flotilla_tasks_straggling{phase="map"}')).toBe(1);
  const [copy] = coordinator.grab("w", 1);
  expect(copy?.name).toMatchObject({ task: 0, attempt: 2 });
  coordinator.mapDone("w", copy?.name as never);
  expect(await value('flotilla_backup_attempts_total{result="done"}')).toBe(1);
  expect(await value('flotilla_task_attempts_total{phase="map",result="unwanted"}')).toBe(1);
});

test("a job that gets no further is seen, until it does or has ended", async () => {
  const { coordinator, value } = watched();
  const [map] = coordinator.grab("w", 1);
  const running = (bytesRead: number): void => {
    const progress = { ...(map?.name as never as object), fraction: 0, work: { ...NO_WORK, bytesRead } };
    coordinator.poll("w", { slots: 0, running: [progress as never] });
  };
  coordinator.tick(5_000);
  running(0);
  expect(await value("flotilla_job_stalled_seconds")).toBe(5);
  running(10);
  expect(await value("flotilla_job_stalled_seconds")).toBe(0);
  coordinator.tick(4_000);
  running(10);
  expect(await value("flotilla_job_stalled_seconds")).toBe(4);
  coordinator.mapDone("w", map?.name as never);
  expect(await value("flotilla_job_stalled_seconds")).toBe(0);
  coordinator.tick(3_000);
  coordinator.call({ kind: "cancel", job: "j" });
  expect(await value("flotilla_job_stalled_seconds")).toBe(0);
  expect(await value('flotilla_jobs_ended_total{state="cancelled"}')).toBe(1);
});

test("one coordinator has the jobs, and hears of workers until they are silent for long", async () => {
  const { coordinator, value } = watched();
  coordinator.poll("a");
  coordinator.poll("b", { isStopping: true });
  expect(await value("flotilla_coordinator_leads")).toBe(1);
  expect(await value('flotilla_workers{state="working"}')).toBe(2); // the one that listed, and a
  expect(await value('flotilla_workers{state="stopping"}')).toBe(1);
  coordinator.tick(20_000);
  coordinator.poll("a");
  expect(await value('flotilla_workers{state="working"}')).toBe(1);
  coordinator.step({ kind: "deactivated" });
  expect(await value("flotilla_coordinator_leads")).toBe(0);
  expect(await value('flotilla_workers{state="working"}')).toBe(0);
  expect(await value('flotilla_jobs{state="mapping"}')).toBe(0);
});

test("a take-over is measured", async () => {
  const { coordinator, value } = watched();
  coordinator.step({ kind: "deactivated" });
  coordinator.step({ kind: "activated" });
  expect(await value("flotilla_job_takeover_duration_seconds_count")).toBe(2);
});
