// An attempt is given to a worker: it has its number, and is written down, before the worker hears of it.
import type { Assignment, Phase } from "../mapreduce/assignment.ts";
import { asJob } from "../mapreduce/job.ts";
import type { Orders, GrantedAssignment, GroupedSources, WorkerFacts } from "./events.ts";
import type { Job } from "./job.ts";
import type { Choice } from "./choosing.ts";

export function grant(
  job: Job,
  { phase, task, isBackup }: Choice,
  { worker, nowMs }: { readonly worker: WorkerFacts; readonly nowMs: number },
): GrantedAssignment {
  const number = job.workerNumber({ id: worker.worker, origin: worker.origin });
  const attempt = job.tables[phase].begin(task, number);
  const { attempts } = job.record;
  job.change({ attempts: { ...attempts, started: attempts.started + 1, backups: attempts.backups + (isBackup ? 1 : 0) } });
  const name = { job: job.run, phase, task, attempt };
  job.addLive({ name, worker: worker.worker, isBackup }, nowMs);
  // Workers of earlier versions name what they write by the id.
  return ASSIGNMENTS[phase](job, { ...name, description: { ...job.description, id: asJob(job.run) } });
}

type Common = Pick<Assignment, "job" | "task" | "attempt" | "description">;

const ASSIGNMENTS: { readonly [P in Phase]: (job: Job, common: Common) => GrantedAssignment } = {
  list: (_job, common) => ({ ...common, phase: "list" }),
  map: (job, common) => {
    const split = job.splits[common.task];
    if (split === undefined) throw new RangeError(`job ${job.id} has no split ${common.task}`);
    return { ...common, phase: "map", split, skip: skipsOf(job, "map", common.task), boundaries: job.record.boundaries };
  },
  reduce: (job, common) => ({
    ...common,
    phase: "reduce",
    maps: job.tables.map.count,
    sources: sourcesOf(job),
    skip: skipsOf(job, "reduce", common.task),
  }),
  publish: (job, common) => {
    const { winner, files } = job.tables.reduce.at(common.task);
    return { ...common, phase: "publish", winner: winner?.attempt ?? 0, files };
  },
  finish: (job, common) => ({ ...common, phase: "finish", reduces: job.description.reduces, succeeded: job.record.status === "succeeded" }),
};

function skipsOf(job: Job, phase: Phase, task: number): readonly { readonly record: number; readonly reason: string }[] {
  return [...job.tables[phase].at(task).skips].map(([record, reason]) => ({ record, reason }));
}

/** Where the output of every map is. */
export function sourcesOf(job: Job): GroupedSources {
  const groups: Record<string, number[]> = {};
  for (const [task, { winner }] of job.tables.map.entries()) {
    if (winner === null) continue;
    const { origin } = job.workerAt(winner.worker);
    (groups[origin] ??= []).push(task, winner.attempt);
  }
  return groups;
}

export function mergeOrders(a: Orders, b: Orders): Orders {
  return {
    assignments: [...a.assignments, ...b.assignments],
    end: [...a.end, ...b.end],
    moved: [...a.moved, ...b.moved],
    adopt: [...a.adopt, ...b.adopt],
    needed: a.needed + b.needed,
    forget: [...a.forget, ...b.forget],
  };
}
