// Calls about jobs, to whichever coordinator answers.
import type { TaskView, JobView } from "../../../core/coordinator/view.ts";
import { eventually } from "../test-case.ts";

type Fields = Readonly<Record<string, unknown>>;

const CALL_MS = 5_000;
const TAKEN_MS = 60_000;
const TASKS_MAX = 10_000;

export class JobCalls {
  readonly #origins: () => readonly string[];

  constructor(origins: () => readonly string[]) {
    this.#origins = origins;
  }

  async submit(body: Fields): Promise<void> {
    await eventually(`job ${String(body["id"])} is taken`, async () => (await this.ask("/v1/jobs", body)) !== null || null, {
      deadlineMs: TAKEN_MS,
    });
  }

  async job(id: string): Promise<JobView | null> {
    return (await this.ask(`/v1/jobs/${id}`)) as unknown as JobView | null;
  }

  async tasks(id: string): Promise<readonly TaskView[]> {
    const answer = await this.ask(`/v1/jobs/${id}/tasks?limit=${TASKS_MAX}`);
    return (answer?.["tasks"] ?? []) as readonly TaskView[];
  }

  /** `isSo` of a job's state, as somebody tells it. */
  until(id: string, { what, deadlineMs }: { what: string; deadlineMs: number }, isSo: (job: JobView) => boolean): Promise<JobView> {
    let last: JobView | null = null;
    const look = async (): Promise<JobView | null> => {
      last = (await this.job(id)) ?? last;
      return last !== null && isSo(last) ? last : null;
    };
    return eventually(what, look, { deadlineMs, describe: () => (last === null ? "nobody knows the job" : summaryOf(last)) });
  }

  /** Null: nobody answers, or not with that. */
  async ask(path: string, body?: unknown): Promise<Fields | null> {
    for (const origin of this.#origins()) {
      try {
        const given =
          body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
        const response = await fetch(origin + path, { ...given, signal: AbortSignal.timeout(CALL_MS) });
        if (response.ok) return (await response.json()) as Fields;
      } catch {
        // The next one may answer.
      }
    }
    return null;
  }
}

const summaryOf = ({ state, maps, reduces, attempts, error }: JobView): string =>
  JSON.stringify({ state, maps, reduces, attempts, error: error?.message ?? null });
