import { done, refused, unknown } from "../../../core/base/outcome.ts";
import { NO_ORDERS } from "../../../core/coordinator/hold.ts";
import type { WorkerEffect, WorkerEvent } from "../../../core/worker/events.ts";
import { Worker } from "../../../core/worker/worker.ts";
import { DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import type { AttemptReport } from "../../../core/mapreduce/report.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import { describeJob } from "../coordinator/a-coordinator.ts";

class AWorker {
  readonly core: Worker;
  nowMs = 0;
  effects: readonly WorkerEffect[] = [];

  constructor(has: { readonly slots: number; readonly memoryBytes: number } = { slots: 2, memoryBytes: 2 ** 40 }) {
    this.core = new Worker({ worker: "w", life: "1", origin: "http://w", node: null, coordinators: ["http://a", "http://b"], ...has });
  }

  step(event: WorkerEvent): readonly WorkerEffect[] {
    this.effects = this.core.step(event);
    return this.effects;
  }

  tick(ms: number): readonly WorkerEffect[] {
    this.nowMs += ms;
    return this.step({ kind: "tick", nowMs: this.nowMs });
  }

  started(): this {
    this.step({ kind: "started", kept: [] });
    return this;
  }

  orders(orders: Partial<typeof NO_ORDERS>): readonly WorkerEffect[] {
    return this.step({ kind: "polled", answer: { outcome: done({ ...NO_ORDERS, ...orders }), leader: null } });
  }
}

const name = { job: "j", phase: "map", task: 0, attempt: 1 } as const;
const map = { ...name, description: describeJob(), split: {}, skip: [], boundaries: null } as never;
const reduce = {
  job: "j",
  phase: "reduce",
  task: 0,
  attempt: 1,
  description: describeJob(),
  maps: 2,
  sources: { "http://x": [0, 1, 1, 3] },
  skip: [],
} as never;
const report: AttemptReport = {
  ...name,
  result: { kind: "mapped", origin: "http://w", regionBytes: [], regionRecords: [] },
  work: NO_WORK,
  counters: {},
  skipped: 0,
  log: "",
};
const kinds = (effects: readonly WorkerEffect[]): readonly string[] => effects.map(({ kind }) => kind);

test("it asks, does what it is told, and asks again at once", () => {
  const worker = new AWorker().started();
  expect(worker.effects).toMatchObject([{ kind: "poll", to: "http://a", poll: { kept: [], running: [], waitMs: 5_000 } }]);
  expect(worker.orders({ assignments: [map] })).toMatchObject([
    { kind: "start", assignment: name },
    { kind: "poll", poll: { kept: null, running: [name], jobs: ["j"], waitMs: 1_000 } },
  ]);
});

test("between two tasks of a job it asks for no longer than while it has one: a coordinator that stands still is soon given up", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  worker.step({ kind: "finished", report });
  worker.step({ kind: "reported", name, answer: { outcome: done({ verdict: "accepted", ...NO_ORDERS }), leader: null } });
  expect(worker.orders({})).toMatchObject([{ kind: "poll", poll: { running: [], jobs: ["j"], waitMs: 1_000 } }]);
  expect(worker.orders({ forget: ["j"] })).toMatchObject([{ kind: "forget" }, { kind: "poll", poll: { jobs: [], waitMs: 5_000 } }]);
});

test("the memory of its tasks is what they said last, until they are over", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map, reduce] });
  expect(worker.core.memoryBytes).toBe(0);
  const progressOf = (of: object, memoryBytes: number) => ({ ...of, fraction: 0.5, work: { ...NO_WORK, memoryBytes } }) as never;
  worker.step({ kind: "progress", progress: progressOf(name, 100) });
  worker.step({ kind: "progress", progress: progressOf({ job: "j", phase: "reduce", task: 0, attempt: 1 }, 20) });
  expect(worker.core.memoryBytes).toBe(120);
  worker.step({ kind: "finished", report });
  expect(worker.core.memoryBytes).toBe(20);
});

test("it asks for no more than it has memory for, by what it was given last, and for something when it does nothing", () => {
  const MIB = 1 << 20;
  const like = (task: number, memoryBytes: number) =>
    ({
      ...name,
      task,
      description: { ...describeJob(), options: { ...DEFAULT_OPTIONS, memoryBytes } },
      split: {},
      skip: [],
      boundaries: null,
    }) as never;
  const worker = new AWorker({ slots: 9, memoryBytes: 1_000 * MIB }).started();
  const slots = (): unknown => worker.effects.find(({ kind }) => kind === "poll");
  expect(slots()).toMatchObject({ poll: { slots: 5 } });
  worker.orders({ assignments: [like(0, 300 * MIB)] });
  expect(slots()).toMatchObject({ poll: { slots: 3 } });
  worker.orders({ assignments: [like(1, 700 * MIB)] });
  expect(slots()).toMatchObject({ poll: { slots: 2 } });
  // Beyond its memory: what is given nevertheless waits at the executor.
  worker.orders({ assignments: [like(2, 900 * MIB)] });
  expect(slots()).toMatchObject({ poll: { slots: 3 } });
  const tiny = new AWorker({ slots: 9, memoryBytes: 10 * MIB }).started();
  expect(tiny.effects).toMatchObject([{ kind: "poll", poll: { slots: 1 } }]);
});

test("a granted attempt that comes twice is begun once", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  expect(kinds(worker.orders({ assignments: [map] }))).toEqual(["poll"]);
});

test("sources of a reduce come one by one", () => {
  const [start] = new AWorker().started().orders({ assignments: [reduce] });
  expect(start).toMatchObject({
    assignment: {
      sources: [
        { task: 0, attempt: 1, origin: "http://x" },
        { task: 1, attempt: 3, origin: "http://x" },
      ],
    },
  });
});

test("a report is sent until somebody says what becomes of it, and its attempt is mentioned until then", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  expect(worker.step({ kind: "finished", report })).toMatchObject([{ kind: "report", to: "http://a" }]);
  worker.step({ kind: "reported", name, answer: { outcome: unknown("connectionLost"), leader: null } });
  expect(worker.effects).toEqual([]);
  worker.orders({});
  expect(worker.tick(1_000)).toMatchObject([
    { kind: "report", to: "http://b" },
    { kind: "poll", to: "http://b", poll: { running: [name] } },
  ]);
  expect(worker.step({ kind: "reported", name, answer: { outcome: done({ verdict: "accepted", ...NO_ORDERS }), leader: null } })).toEqual(
    [],
  );
  expect(worker.orders({})).toMatchObject([{ kind: "poll", poll: { running: [] } }]);
});

test("a report that lies with a coordinator that stands still goes to the one that answers, without waiting for the other's answer", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  expect(worker.step({ kind: "finished", report })).toMatchObject([{ kind: "report", to: "http://a" }]);
  worker.step({ kind: "polled", answer: { outcome: unknown("deadline"), leader: null } });
  expect(worker.tick(1_000)).toMatchObject([{ kind: "poll", to: "http://b" }]);
  expect(worker.orders({})).toMatchObject([
    { kind: "report", to: "http://b" },
    { kind: "poll", to: "http://b" },
  ]);
  expect(worker.orders({})).toMatchObject([{ kind: "poll", to: "http://b" }]);
});

test("output that nobody wants goes, and one that counts stays", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  worker.step({ kind: "finished", report });
  const answer = { outcome: done({ verdict: "discarded" as const, ...NO_ORDERS }), leader: null };
  expect(worker.step({ kind: "reported", name, answer })).toEqual([{ kind: "discard", name }]);
});

test.each([
  { name: "it goes to whoever is named, and looks around where nobody is", named: "http://c", next: "http://b" },
  {
    name: "a leader that was named is not asked again before the others, where it is the next in the list, too",
    named: "http://b",
    next: "http://a",
  },
])("$name", ({ named, next }) => {
  const worker = new AWorker().started();
  worker.step({ kind: "polled", answer: { outcome: refused("notLeader", ""), leader: named } });
  expect(worker.effects).toEqual([]);
  expect(worker.tick(100)).toMatchObject([{ kind: "poll", to: named }]);
  worker.step({ kind: "polled", answer: { outcome: unknown("connectionLost"), leader: null } });
  expect(worker.tick(2_000)).toMatchObject([{ kind: "poll", to: next }]);
});

test("a question and a report that fail together lead to the next coordinator, and not past it", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  worker.step({ kind: "finished", report });
  const lost = { outcome: unknown("connectionLost"), leader: null } as const;
  for (const to of ["http://b", "http://a", "http://b"]) {
    worker.step({ kind: "reported", name, answer: lost });
    worker.step({ kind: "polled", answer: lost });
    expect(worker.tick(3_000)).toMatchObject([
      { kind: "report", to },
      { kind: "poll", to },
    ]);
  }
});

test("trouble with a map's output is told until there is another place for it", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [reduce] });
  const trouble = {
    job: "j",
    phase: "reduce",
    task: 0,
    attempt: 1,
    mapTask: 1,
    mapAttempt: 3,
    origin: "http://x",
    tries: 1,
    message: "",
  } as const;
  worker.step({ kind: "fetchTrouble", trouble });
  expect(worker.orders({})).toMatchObject([{ poll: { troubles: [trouble] } }]);
  const source = { task: 1, attempt: 4, origin: "http://y" };
  expect(worker.orders({ moved: [{ job: "j", source }] })).toMatchObject([
    { kind: "moved", source },
    { kind: "poll", poll: { troubles: [] } },
  ]);
});

test("told to stop it gives everything back, takes nothing new, says so, and ends", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [map] });
  expect(worker.step({ kind: "stop" })).toEqual([{ kind: "end", name }]);
  worker.step({ kind: "finished", report: { ...report, result: { kind: "givenBack" } } });
  expect(
    kinds(worker.step({ kind: "reported", name, answer: { outcome: done({ verdict: "discarded", ...NO_ORDERS }), leader: null } })),
  ).not.toContain("stopped");
  expect(worker.orders({})).toMatchObject([{ kind: "poll", poll: { isStopping: true, waitMs: 0 } }]);
  expect(kinds(worker.orders({}))).toContain("stopped");
});

test("told to stop it stays while others take over its map outputs", () => {
  const worker = new AWorker().started();
  worker.orders({});
  worker.step({ kind: "stop" });
  worker.orders({});
  worker.tick(100);
  expect(kinds(worker.orders({ needed: 2 }))).not.toContain("stopped");
  expect(worker.effects).toMatchObject([{ kind: "poll", poll: { isStopping: true, waitMs: 0 } }]);
  expect(kinds(worker.orders({ needed: 0 }))).toContain("stopped");
});

test("what it has taken over it says until somebody has heard it", () => {
  const worker = new AWorker().started();
  const source = { task: 4, attempt: 2, origin: "http://other" };
  const adopted = { job: "j", phase: "map", task: 4, attempt: 2 } as const;
  expect(worker.orders({ adopt: [{ job: "j", source }] })).toMatchObject([
    { kind: "adopt", job: "j", source },
    { kind: "poll", poll: { adopted: [], jobs: ["j"] } },
  ]);
  worker.step({ kind: "adopted", name: adopted, isDone: true });
  worker.step({ kind: "adopted", name: { ...adopted, task: 5 }, isDone: false });
  // The question from before does not say so.
  expect(worker.orders({})).toMatchObject([{ kind: "poll", poll: { adopted: [adopted] } }]);
  worker.step({ kind: "polled", answer: { outcome: unknown("connectionLost"), leader: null } });
  expect(worker.tick(100)).toMatchObject([{ kind: "poll", poll: { adopted: [adopted] } }]);
  expect(worker.orders({})).toMatchObject([{ kind: "poll", poll: { adopted: [] } }]);
});

test("told to stop where no coordinator answers, it has asked each before it ends, and what it has not given back keeps it", () => {
  const silence = { kind: "polled", answer: { outcome: unknown("connectionLost"), leader: null } } as const;
  const worker = new AWorker().started();
  worker.step({ kind: "stop" });
  worker.step(silence);
  const asked: string[] = [];
  for (let i = 0; i < 40 && !kinds(worker.effects).includes("stopped"); i++) {
    for (const effect of worker.tick(100)) if (effect.kind === "poll") asked.push(effect.to);
    worker.step(silence);
  }
  expect(kinds(worker.effects)).toContain("stopped");
  expect(new Set(asked)).toEqual(new Set(["http://a", "http://b"]));

  const holding = new AWorker().started();
  holding.orders({ assignments: [map] });
  holding.step({ kind: "stop" });
  holding.step({ kind: "finished", report });
  for (let i = 0; i < 40; i++) {
    holding.tick(100);
    expect(kinds(holding.step(silence))).not.toContain("stopped");
  }
});

test("what is granted to one that stops is given back", () => {
  const worker = new AWorker().started();
  worker.step({ kind: "stop" });
  expect(worker.orders({ assignments: [map] })).toMatchObject([
    { kind: "report", report: { report: { result: { kind: "givenBack" } } } },
    { kind: "poll" },
  ]);
});

test("a job that is over is forgotten once", () => {
  const worker = new AWorker();
  worker.step({ kind: "started", kept: [name] });
  expect(worker.orders({ forget: ["j", "other"] })).toMatchObject([
    { kind: "forget", job: "j" },
    { kind: "poll", poll: { jobs: [] } },
  ]);
});

test.each(["badRequest", "tooLarge"] as const)(
  "a report that is never taken (%s) becomes one that says so, and that one is given up at last",
  (code) => {
    const worker = new AWorker().started();
    worker.orders({ assignments: [map] });
    worker.step({ kind: "finished", report });
    const refusal = { outcome: refused(code, "counters.x is no number"), leader: null };
    const failure = { reason: "internal", message: "its report is not taken: counters.x is no number" };
    expect(worker.step({ kind: "reported", name, answer: refusal })).toMatchObject([
      { kind: "report", report: { report: { ...name, result: { kind: "failed", failure }, counters: {} } } },
    ]);
    expect(worker.step({ kind: "reported", name, answer: refusal })).toEqual([{ kind: "discard", name }]);
  },
);

test("an output that could not be had, and was had after all, is not asked for any more", () => {
  const worker = new AWorker().started();
  worker.orders({ assignments: [reduce] });
  const trouble = { job: "j", phase: "reduce", task: 0, attempt: 1, mapTask: 1, mapAttempt: 3, origin: "http://x", message: "" } as const;
  worker.step({ kind: "fetchTrouble", trouble: { ...trouble, tries: 3 } as never });
  worker.orders({});
  expect(worker.effects).toMatchObject([{ kind: "poll", poll: { troubles: [{ mapTask: 1 }] } }]);
  worker.step({ kind: "fetchTrouble", trouble: { ...trouble, tries: 0 } as never });
  worker.orders({});
  expect(worker.effects).toMatchObject([{ kind: "poll", poll: { troubles: [] } }]);
});
