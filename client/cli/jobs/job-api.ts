// Calls to coordinators, any of which takes any call. One that dies in the middle is no trouble: the next one knows the job.
import type { TaskView } from "../../../core/coordinator/view.ts";
import { askAny, refusalOf } from "../cluster/cluster-api.ts";
import type { Question } from "../cluster/cluster-api.ts";
import type { Context } from "../cluster/context.ts";
import type { Fields } from "../json.ts";
import { Trouble } from "../trouble.ts";
import { pause } from "../../waiting.ts";

const PAGE = 5_000;
const AGAIN_MS = 200;
/** A coordinator that dies is replaced within a few seconds. */
const PATIENCE_MS = 20_000;

export class JobApi {
  readonly #endpoints: readonly string[];
  readonly #tokens: Context["tokens"];

  constructor({ local, endpoints, tokens }: Pick<Context, "local" | "endpoints" | "tokens">) {
    this.#endpoints =
      local?.cluster.processes.filter(({ service, pid }) => service === "coordinator" && pid !== null).map(({ http }) => http) ?? endpoints;
    this.#tokens = tokens;
    if (this.#endpoints.length === 0)
      throw new Trouble("this cluster has no coordinator that runs", "start some: flotilla up --coordinators 2 --workers 2");
  }

  /** `isForAdministrator`: code is submitted. */
  submit(body: unknown, isForAdministrator: boolean): Promise<Fields> {
    return this.#demand({ method: "POST", path: "/v1/jobs", body, token: isForAdministrator ? this.#tokens.admin : this.#tokens.data });
  }

  job(id: string): Promise<Fields> {
    return this.#demand({ path: `/v1/jobs/${encodeURIComponent(id)}`, token: this.#tokens.data });
  }

  list(): Promise<Fields> {
    return this.#demand({ path: "/v1/jobs", token: this.#tokens.data });
  }

  /** All of them, page by page. */
  async tasks(id: string): Promise<readonly TaskView[]> {
    const all: TaskView[] = [];
    for (let after: number | null = 0; after !== null;) {
      const path: string = `/v1/jobs/${encodeURIComponent(id)}/tasks?after=${after}&limit=${PAGE}`;
      const page: Fields = await this.#demand({ path, token: this.#tokens.data });
      all.push(...(page["tasks"] as readonly TaskView[]));
      after = page["next"] as number | null;
    }
    return all;
  }

  log(id: string, task: string): Promise<Fields> {
    return this.#demand({ path: `/v1/jobs/${encodeURIComponent(id)}/logs?task=${encodeURIComponent(task)}`, token: this.#tokens.data });
  }

  cancel(id: string): Promise<Fields> {
    return this.#demand({ method: "DELETE", path: `/v1/jobs/${encodeURIComponent(id)}`, token: this.#tokens.data });
  }

  /** Every call here may be sent again: an id is one job, however often it is submitted. */
  async #demand(question: Question): Promise<Fields> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const answered = await askAny(this.#endpoints, question);
      if (answered !== null && answered.status < 300) return answered.fields;
      const isPassing = answered === null || answered.status === 503 || answered.status === 421;
      if (!isPassing || performance.now() > untilMs) {
        if (answered !== null) throw refusalOf(answered);
        throw new Trouble(`no coordinator answers at ${this.#endpoints.join(", ")}`, "see what runs: flotilla status");
      }
      await pause(AGAIN_MS);
    }
  }
}
