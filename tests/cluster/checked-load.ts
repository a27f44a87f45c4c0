// Load from inside the cluster, by the command that users have for it: `flotilla check` in a pod of its own records what
// its clients see and says at the end whether one single copy could have answered so.
import { check, eventually } from "../integration/test-case.ts";
import { Release } from "./release.ts";
import { toolPod } from "./tool-pod.ts";

export type Verdict = {
  readonly verdict: "linearizable" | "violation" | "undecided" | "nothingSeen";
  readonly operations: number;
  readonly answered: number;
  readonly unknown: number;
  readonly refused: number;
  readonly unread: number;
};

export type LoadOptions = { readonly name: string; readonly seconds: number; readonly clients?: number; readonly isPatient?: boolean };

const JUDGING_MS = 120_000;

export class CheckedLoad {
  readonly #release: Release;
  readonly #options: LoadOptions;

  private constructor(release: Release, options: LoadOptions) {
    this.#release = release;
    this.#options = options;
  }

  /** Answers once its container runs. */
  static async start(release: Release, options: LoadOptions): Promise<CheckedLoad> {
    const load = new CheckedLoad(release, options);
    await release.kubectl(["apply", "--filename", "-"], { input: JSON.stringify(podOf(options)) });
    await eventually("the load runs", async () => ((await load.#phase()) === "Pending" ? null : true), {
      deadlineMs: 60_000,
      everyMs: 250,
    });
    return load;
  }

  /** Waits for its end. A pod that ended in any other way than with a verdict proves nothing. */
  async verdict(): Promise<Verdict> {
    const deadlineMs = this.#options.seconds * 1_000 + JUDGING_MS;
    const phase = await eventually(
      "the load has ended",
      async () => {
        const now = await this.#phase();
        return now === "Running" ? null : now;
      },
      { deadlineMs, everyMs: 500 },
    );
    const log = await this.#release.kubectl(["logs", this.#options.name]);
    const start = log.search(/^\{/m);
    check(start >= 0, `the load ended as ${phase} without a verdict: ${log.slice(-2_000)}`);
    return JSON.parse(log.slice(start)) as Verdict;
  }

  async #phase(): Promise<string> {
    return await this.#release.kubectl(["get", "pod", this.#options.name, "--output", "jsonpath={.status.phase}"]);
  }
}

/** Fails if what retrying clients saw was not right, or one of their requests failed. */
export function checkNothingFailed(verdict: Verdict): string {
  const said = checkVerdict(verdict);
  check(verdict.unknown + verdict.refused === 0, `no request of a client that retries fails: ${said}`);
  return said;
}

/** Fails unless the load was answered, linearizably, and everything could be read at the end. */
export function checkVerdict(verdict: Verdict): string {
  const { operations, answered, unknown, refused, unread } = verdict;
  check(verdict.verdict === "linearizable", `what the clients saw is ${verdict.verdict}: ${JSON.stringify(verdict)}`);
  check(unread === 0, `every key can be read at the end, but ${unread} could not`);
  check(answered > operations / 2, `most operations are answered, but ${answered} of ${operations} were`);
  return `linearizable: ${operations} operations, ${answered} answered, ${unknown} of unknown outcome, ${refused} refused`;
}

function podOf({ name, seconds, clients = 4, isPatient = false }: LoadOptions): object {
  const store = ["--endpoint", `http://${Release.fullname}:7400`];
  const kind = ["--duration", `${seconds}s`, "--clients", String(clients), ...(isPatient ? ["--patient"] : [])];
  return toolPod({ name, args: ["check", ...store, ...kind, "-o", "json", "--out", "/tmp"] });
}
