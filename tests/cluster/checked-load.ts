// Load from inside the cluster, by the command that users have for it: `flotilla check` in a pod of its own records what
// its clients see and says at the end whether one single copy could have answered so. It goes on until it is told to end.
import { check, eventually } from "../integration/test-case.ts";
import { besideOf } from "./litter.ts";
import { Release } from "./release.ts";
import { runProgram } from "./run-program.ts";
import { lastWords, toolPod } from "./tool-pod.ts";

export type Verdict = {
  readonly verdict: "linearizable" | "violation" | "undecided" | "nothingSeen";
  readonly operations: number;
  readonly answered: number;
  readonly unknown: number;
  readonly refused: number;
  readonly unread: number;
  readonly longest: { readonly tookMs: number; readonly atMs: number };
  readonly unanswered: readonly unknown[];
};

export type LoadOptions = { readonly name: string; readonly clients?: number; readonly isPatient?: boolean };

/** Longer than anything that is done to a release. */
const SECONDS_MAX = 1_800;
const JUDGING_MS = 180_000;
/** As Ctrl-C does: it ends in order, and says what it found. */
const INTERRUPT = ["--", "node", "-e", `process.kill(1, "SIGINT")`];

export class CheckedLoad {
  readonly #release: Release;
  readonly #options: LoadOptions;

  private constructor(release: Release, options: LoadOptions) {
    this.#release = release;
    this.#options = options;
  }

  /** Answers once its container runs. */
  static async start(release: Release, options: LoadOptions): Promise<CheckedLoad> {
    await release.kubectl(["apply", "--filename", "-"], { input: JSON.stringify(podOf(options)) });
    const hasBegun = async (): Promise<true | null> => ((await phaseOf(release, options)) === "Pending" ? null : true);
    await eventually("the load runs", hasBegun, { deadlineMs: 60_000, everyMs: 250 });
    return new CheckedLoad(release, options);
  }

  /** Ends it, and answers with what it says. Fails where it was over before: then something happened without it. */
  async verdict(): Promise<Verdict> {
    const { name } = this.#options;
    const phase = await phaseOf(this.#release, this.#options);
    check(phase === "Running", `the load goes on until everything has happened, but it is ${phase}`);
    await this.#release.kubectl(["exec", name, ...INTERRUPT]);
    const { said } = await lastWords(this.#release, name, JUDGING_MS);
    const start = said.search(/^\{/m);
    check(start >= 0, `the load ended without a verdict: ${said}`);
    return JSON.parse(said.slice(start)) as Verdict;
  }
}

/** What a case that failed has left. It would take the processors from the cases after it; where there is none, nothing is lost. */
export async function endLoadIn(namespace: string): Promise<void> {
  const pods = ["get", "pods", "--namespace", namespace, "--selector", `app.kubernetes.io/instance=${besideOf(Release.fullname)}`];
  const running = ["--field-selector", "status.phase=Running", "--output", "jsonpath={.items[*].metadata.name}"];
  try {
    const names = (await runProgram("kubectl", [...pods, ...running])).split(" ").filter((name) => name !== "");
    for (const name of names) await runProgram("kubectl", ["exec", "--namespace", namespace, name, ...INTERRUPT]);
  } catch (error) {
    console.log(`    its load could not be ended: ${String(error)}`);
  }
}

async function phaseOf(release: Release, { name }: LoadOptions): Promise<string> {
  return await release.kubectl(["get", "pod", name, "--output", "jsonpath={.status.phase}"]);
}

/** Fails if what retrying clients saw was not right, or one of their requests failed. */
export function checkNothingFailed(verdict: Verdict): string {
  const said = checkVerdict(verdict);
  const unanswered = JSON.stringify(verdict.unanswered);
  check(verdict.unknown + verdict.refused === 0, `no request of a client that retries fails: ${said}, ${unanswered}`);
  return said;
}

/** Fails unless the load was answered, linearizably, and everything could be read at the end. */
export function checkVerdict(verdict: Verdict): string {
  const { operations, answered, unknown, refused, unread, longest } = verdict;
  check(verdict.verdict === "linearizable", `what the clients saw is ${verdict.verdict}: ${JSON.stringify(verdict)}`);
  check(unread === 0, `every key can be read at the end, but ${unread} could not`);
  check(answered > operations / 2, `most operations are answered, but ${answered} of ${operations} were`);
  return `linearizable: ${operations} operations, ${answered} answered, ${unknown} of unknown outcome, ${refused} refused; the longest took ${longest.tookMs} ms`;
}

function podOf({ name, clients = 4, isPatient = false }: LoadOptions): object {
  const store = ["--endpoint", `http://${Release.fullname}:7400`];
  const kind = ["--duration", `${SECONDS_MAX}s`, "--clients", String(clients), ...(isPatient ? ["--patient"] : [])];
  return toolPod({ name, args: ["check", ...store, ...kind, "-o", "json", "--out", "/tmp"] });
}
