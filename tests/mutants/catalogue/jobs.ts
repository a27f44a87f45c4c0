// F60 to F63: two executions of one task that both count, outputs that are lost with their worker, backup copies that leak, and
// coordinators that die or live on at the wrong moment.
import type { Mutant } from "../mutant.ts";

const COORDINATOR_TESTS = { kind: "jest", path: "tests/core/coordinator" } as const;

export const JOB_MUTANTS: readonly Mutant[] = [
  {
    name: "counters of a task are added again when it runs again",
    failureClass: "F60",
    standsFor: "Spark's accumulators, which are exact only in actions",
    file: "core/coordinator/advancing.ts",
    find: "if (task.isCounted) return;",
    replace: "",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "an attempt that was never given out counts",
    failureClass: "F60",
    standsFor: "the labs' wrong implementation 2: a stale completion is accepted",
    file: "core/coordinator/reports.ts",
    find: 'if (attempt < 1 || attempt > task.attempts) return "discarded";',
    replace: "task.attempts = Math.max(task.attempts, attempt);",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "a report that comes again is told that it does not count",
    failureClass: "F60",
    standsFor: "a worker that throws the output away whose answer was lost",
    file: "core/coordinator/reports.ts",
    find: 'if (task.winner?.attempt === attempt) return "accepted";',
    replace: "",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "reduces begin before every map is done",
    failureClass: "F61",
    standsFor: "the labs: reduces that read what is there so far",
    file: "core/coordinator/choosing.ts",
    find: 'if (!job.tables.map.isDone && !job.tables.reduce.isDone) return ["map"];',
    replace: "",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "a worker that begins anew is believed to hold what it held before",
    failureClass: "F61",
    standsFor: "Spark on Kubernetes: scratch space that is lost with the pod",
    file: "core/coordinator/losses.ts",
    find: "if (winner?.worker === number && !held.has(`${job.id}/${task}/${winner.attempt}`)) job.missing.set(task, winner);",
    replace: "",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "reduces that wait for a lost map keep every slot",
    failureClass: "F61",
    standsFor: "this project, seed 245 of the world of jobs; Hadoop's reduce preemption",
    file: "core/coordinator/coordinator.ts",
    find: "    makeRoomForMaps(state);\n",
    replace: "",
    caughtBy: [{ kind: "jest", path: "tests/core/coordinator/room" }],
  },
  {
    name: "an answer leaves before the store has what it says",
    failureClass: "F63",
    standsFor: "the labs: done counted when it is handed out",
    file: "core/coordinator/holding.ts",
    find: "if (hold.waitsFor === 0) answer(state, request, outcomeOf(held));",
    replace: "answer(state, request, outcomeOf(held));",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "output becomes visible although records are missing",
    failureClass: "F64",
    standsFor: "a truncated shuffle stream with a valid length",
    file: "core/coordinator/advancing.ts",
    find: "if (written === read || record.isUnsteady) return null;",
    replace: "if (written >= read || record.isUnsteady) return null;",
    caughtBy: [COORDINATOR_TESTS],
  },
  {
    name: "a worker whose disk is full gets the same task at once again",
    failureClass: "F64",
    standsFor: "kubeflow/spark-operator#772: scratch space fills, and the stage livelocks",
    file: "core/coordinator/choosing.ts",
    find: "Math.max(job.avoided.get(key)?.get(worker.worker) ?? 0, job.paused.get(key) ?? 0)",
    replace: "Math.max(0 * worker.worker.length, job.paused.get(key) ?? 0)",
    caughtBy: [COORDINATOR_TESTS],
  },
];
