// Runs attempts in simulated time. A map's pairs depend on its number, and where the app is not deterministic on its attempt;
// regions lie on the worker's disk; reduces fetch them from wherever they are told.
import type { Assignment, AttemptName, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import { attemptText } from "../../../core/mapreduce/assignment.ts";
import type { AttemptReport, AttemptResult, FetchTrouble, Progress, Work } from "../../../core/mapreduce/report.ts";
import { NO_WORK } from "../../../core/mapreduce/report.ts";
import type { SharedFiles } from "./shared-files.ts";
import type { Timeline } from "./timeline.ts";

/** By attempt: the lines of each region. */
export type Disk = Map<string, readonly (readonly string[])[]>;

export type ExecutorWorld = {
  readonly timeline: Timeline;
  readonly files: SharedFiles;
  /** Null: it can't be had there. */
  readonly fetch: (
    from: string,
    source: MapOutputSource,
    at: { readonly job: string; readonly region: number },
  ) => readonly string[] | null;
  readonly taskMs: (assignment: Assignment) => number;
  /** `MAPS` unless it says otherwise. */
  readonly maps?: number;
  /** How often a task says how far it is; without, never. */
  readonly progressMs?: number;
  readonly isFailing: (name: AttemptName) => boolean;
};

export type Listener = {
  readonly onProgress: (progress: Progress) => void;
  readonly onTrouble: (trouble: FetchTrouble) => void;
  readonly onReport: (report: AttemptReport) => void;
};

export const MAPS = 12;
const FETCH_AGAIN_MS = 300;

type Running = { isEnded: boolean; readonly sources: Map<number, MapOutputSource> };

export class SimulatedExecutor {
  readonly #origin: string;
  readonly #disk: Disk;
  readonly #world: ExecutorWorld;
  readonly #running = new Map<string, Running>();
  #isDead = false;

  constructor(origin: string, disk: Disk, world: ExecutorWorld) {
    this.#origin = origin;
    this.#disk = disk;
    this.#world = world;
  }

  /** The process ends: nothing that was under way goes on. */
  die(): void {
    this.#isDead = true;
  }

  start(assignment: Assignment, listener: Listener): void {
    const running: Running = { isEnded: false, sources: new Map() };
    this.#running.set(attemptText(assignment), running);
    const { timeline, taskMs, isFailing } = this.#world;
    const report = (result: AttemptResult, more: Partial<AttemptReport> = {}): void => {
      if (this.#isDead || !this.#running.delete(attemptText(assignment))) return;
      const { job, phase, task, attempt } = assignment;
      listener.onReport({ job, phase, task, attempt, result, work: NO_WORK, counters: {}, skipped: 0, log: "", ...more });
    };
    if (assignment.phase === "reduce") for (const source of assignment.sources) running.sources.set(source.task, source);
    const ms = taskMs(assignment);
    this.#tell(assignment, { running, listener, ms, startedMs: timeline.nowMs });
    timeline.after(ms, () => {
      if (this.#isDead) return;
      if (running.isEnded) return report({ kind: "givenBack" });
      if (isFailing(assignment))
        return report({ kind: "failed", failure: { reason: "threw", message: "bad luck", record: null, file: null, offset: null } });
      this.#finish(assignment, { running, report, listener });
    });
  }

  #tell(
    assignment: Assignment,
    telling: { readonly running: Running; readonly listener: Listener; readonly ms: number; readonly startedMs: number },
  ): void {
    const { timeline, progressMs } = this.#world;
    const { running, listener, ms, startedMs } = telling;
    if (progressMs === undefined) return;
    timeline.after(progressMs, () => {
      const fraction = (timeline.nowMs - startedMs) / ms;
      if (this.#isDead || running.isEnded || fraction >= 1) return;
      const { job, phase, task, attempt } = assignment;
      listener.onProgress({ job, phase, task, attempt, fraction, work: NO_WORK });
      this.#tell(assignment, telling);
    });
  }

  end(name: AttemptName): void {
    const running = this.#running.get(attemptText(name));
    if (running !== undefined) running.isEnded = true;
  }

  moved(name: AttemptName, source: MapOutputSource): void {
    this.#running.get(attemptText(name))?.sources.set(source.task, source);
  }

  discard({ job, phase, task, attempt }: AttemptName): void {
    if (phase === "map") this.#disk.delete(`${job}/${task}/${attempt}`);
    else this.#world.files.discard(job, task, attempt);
  }

  forget(job: string): void {
    for (const name of this.#disk.keys()) if (name.startsWith(`${job}/`)) this.#disk.delete(name);
  }

  kept(): readonly AttemptName[] {
    return [...this.#disk.keys()].map((name) => {
      const [job = "", task = "", attempt = ""] = name.split("/");
      return { job, phase: "map", task: Number(task), attempt: Number(attempt) };
    });
  }

  #finish(
    assignment: Assignment,
    {
      running,
      report,
      listener,
    }: {
      readonly running: Running;
      readonly report: (result: AttemptResult, more?: Partial<AttemptReport>) => void;
      readonly listener: Listener;
    },
  ): void {
    const { job, task, attempt, description } = assignment;
    const { files } = this.#world;
    switch (assignment.phase) {
      case "list": {
        const file = { compression: "none", etag: null, length: 10, splittable: false, nodes: [] } as const;
        return report({
          kind: "listed",
          files: Array.from({ length: this.#world.maps ?? MAPS }, (_, i) => ({ ...file, url: `file:/in/${i}` })),
          boundaries: null,
        });
      }
      case "map": {
        const regions = regionsOf(assignment);
        this.#disk.set(`${job}/${task}/${attempt}`, regions);
        const recordsWritten = regions.reduce((sum, lines) => sum + lines.length, 0);
        return report(
          {
            kind: "mapped",
            origin: this.#origin,
            regionBytes: regions.map(({ length }) => length),
            regionRecords: regions.map(({ length }) => length),
          },
          { work: work({ recordsRead: 1, recordsWritten }), counters: { mapped: 1 + task } },
        );
      }
      case "reduce":
        return this.#fetch(assignment, { running, report, listener, lines: new Map(), tries: new Map() });
      case "publish":
        if (files.publish(job, task, assignment.winner)) return report({ kind: "published" });
        return report({
          kind: "failed",
          failure: { reason: "internal", message: "no such output", record: null, file: null, offset: null },
        });
      case "finish":
        files.clean(job, assignment.succeeded);
        return report({ kind: "finished" });
    }
    void description;
  }

  #fetch(
    assignment: Extract<Assignment, { readonly phase: "reduce" }>,
    fetching: {
      readonly running: Running;
      readonly report: (result: AttemptResult, more?: Partial<AttemptReport>) => void;
      readonly listener: Listener;
      readonly lines: Map<number, readonly string[]>;
      readonly tries: Map<number, number>;
    },
  ): void {
    const { running, report, listener, lines, tries } = fetching;
    if (this.#isDead) return;
    if (running.isEnded) return report({ kind: "givenBack" });
    const { job, task, attempt, maps } = assignment;
    for (const source of running.sources.values()) {
      if (lines.has(source.task)) continue;
      const fetched = this.#world.fetch(this.#origin, source, { job, region: task });
      if (fetched !== null) lines.set(source.task, fetched);
      else {
        tries.set(source.task, (tries.get(source.task) ?? 0) + 1);
        const name = { job, phase: "reduce", task, attempt } as const;
        const { origin } = source;
        listener.onTrouble({
          ...name,
          mapTask: source.task,
          mapAttempt: source.attempt,
          origin,
          tries: tries.get(source.task) ?? 1,
          message: "gone",
        });
      }
    }
    if (lines.size < maps) return this.#world.timeline.after(FETCH_AGAIN_MS, () => this.#fetch(assignment, fetching));
    const all = [...lines.values()].flat();
    this.#world.files.write({ job, task, attempt }, { lines: all });
    const file = { name: `part-${task}`, temporary: `part-${task}.${attempt}`, bytes: all.length, checksum: "" };
    report(
      { kind: "reduced", files: [file], keys: 1 },
      { work: work({ recordsRead: all.length, recordsWritten: 1 }), counters: { reduced: 1 } },
    );
  }
}

/** One to three lines for each region; `app` unsteady: another number for another attempt, and the lines say which. */
export function regionsOf({
  task,
  attempt,
  description,
}: Pick<Assignment, "task" | "attempt" | "description">): readonly (readonly string[])[] {
  const isUnsteady = description.options.parameters["unsteady"] === "yes";
  return Array.from({ length: description.reduces }, (_, region) => {
    const count = 1 + ((task + region + (isUnsteady ? attempt : 0)) % 3);
    return Array.from({ length: count }, (_line, i) => `${task}:${isUnsteady ? attempt : 0}:${i}/${count}`);
  });
}

const work = (some: Partial<Work>): Work => ({ ...NO_WORK, ...some });
