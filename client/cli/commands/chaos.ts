// `flotilla chaos run`: breaks a cluster for a while, under load that is recorded, and says whether it kept its promises.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Random } from "../../../core/base/random.ts";
import type { FaultName, Role } from "../chaos/faults.ts";
import { FAULT_NAMES, FAULTS, MORE_ROLES, roleIn, ROLES } from "../chaos/faults.ts";
import type { OpenCluster } from "../chaos/clients-of.ts";
import { openKubernetesCluster } from "../chaos/kubernetes/kubernetes-cluster.ts";
import { KUBERNETES_FLAGS, kubernetesOptions } from "../chaos/kubernetes/kubernetes-flags.ts";
import { openLocalCluster } from "../chaos/local-cluster.ts";
import { ChaosMetrics } from "../chaos/metrics.ts";
import { figuresByFault, jsonOf } from "../chaos/report/numbers.ts";
import { chaosPage } from "../chaos/report/page.ts";
import { demandReportFile, writeReport } from "../chaos/report/report-file.ts";
import type { FaultRecord } from "../chaos/rounds.ts";
import type { ChaosCluster, ChaosResult } from "../chaos/run.ts";
import { runChaos } from "../chaos/run.ts";
import type { Allowed } from "../chaos/schedule.ts";
import { pairings, schedule } from "../chaos/schedule.ts";
import { EXIT_CODE_OF_VERDICT } from "../chaos/verdict.ts";
import { dataFlagFor, findContext } from "../cluster/context.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { onceInterrupted } from "../interrupts.ts";
import { isAlive } from "../local/process-mark.ts";
import { Output } from "../output.ts";
import { viewOf } from "../status/cluster-view.ts";
import { counted, duration, MARKS, shownPath, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";

const SEED_MAX = 2 ** 31 - 1;
const ROUNDS_SHOWN = 20;
const LIMITS = { answerMs: 60_000, serveMs: 10_000, wholeMs: 90_000 };

const chaosRun: Command = {
  name: "chaos run",
  summary: "break the cluster under load for a while, and say whether it kept its promises",
  details:
    "Kills, stops and pauses processes, empties their disks and moves shards, one fault after the other. Of a release on Kubernetes never more than a minority of a group is struck at once, unless --allow-quorum-loss is given, and only of one whose chart was told chaos.enabled=true, unless --without-opt-in is; a cluster on this machine also loses all members of a group for a moment, unless --keep-quorum is. Clients work meanwhile over both doors, and word counts run. Ends with 0 if every check passed, 1 if one failed, 2 if that could not be found out; whatever stands still goes on in the end, also after Ctrl-C.",
  arguments: [],
  flags: [
    { name: "duration", kind: "duration", value: "TIME", fallback: 60_000, min: 5_000, max: 86_400_000, meaning: "how long faults go on" },
    {
      name: "seed",
      kind: "whole",
      value: "N",
      min: 0,
      max: SEED_MAX,
      meaning: "the same faults in the same order; without one, one is chosen and told",
    },
    { name: "faults", kind: "text", value: "NAME,…", meaning: `only these: ${FAULT_NAMES.join(", ")}` },
    { name: "roles", kind: "text", value: "ROLE,…", meaning: `only whoever is this: ${[...ROLES, ...MORE_ROLES].join(", ")}` },
    {
      name: "allow-quorum-loss",
      kind: "switch",
      meaning: "also faults that take more than a minority of a group at once; so it is anyway for a cluster on this machine",
    },
    { name: "keep-quorum", kind: "switch", meaning: "never more than a minority of a group at once, also on this machine" },
    { name: "dry-run", kind: "switch", meaning: "show what would be done, and do nothing" },
    { name: "yes", kind: "switch", meaning: "don't ask, as is done on a terminal" },
    { name: "report", kind: "text", value: "FILE", meaning: "write one HTML page with the timeline" },
    ...KUBERNETES_FLAGS,
    { name: "metrics", kind: "whole", value: "PORT", min: 1, max: 65_535, meaning: "serve what happens to Prometheus, at /metrics" },
    { name: "json", kind: "switch", meaning: "the same as -o json" },
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla chaos run --duration 5m --report chaos.html", meaning: "five minutes, and a page that shows them" },
    { command: "flotilla chaos run --seed 7 --faults kill,pause --roles leader", meaning: "leaders only" },
    { command: "flotilla chaos run --dry-run --seed 7", meaning: "what would come first" },
    { command: "flotilla chaos run --kubernetes --release flotilla", meaning: "the pods of a release, from a pod beside them" },
  ],
  run: runChaosCommand,
};

export const CHAOS_COMMANDS: readonly Command[] = [chaosRun];

/** Whatever keeps a run from being judged is not a check that failed. */
async function runChaosCommand(given: Given, output: Output): Promise<number> {
  try {
    return await runAndJudge(given, output);
  } catch (error) {
    if (error instanceof Trouble && error.code !== CODES.failed) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new Trouble(message, error instanceof Trouble ? error.next : null, EXIT_CODE_OF_VERDICT.unchecked);
  }
}

async function runAndJudge(given: Given, asked: Output): Promise<number> {
  const output = given.has("json") ? new Output("json") : asked;
  const seed = given.number("seed") ?? randomBytes(4).readUInt32BE() % SEED_MAX;
  const { name, replay, cluster } = given.has("kubernetes") ? await openRelease(given) : await openLocal(given);
  try {
    const allowed = allowedIn(given, cluster.injector.acts);
    if (pairings(allowed).length === 0)
      throw new UsageError(
        "none of these faults is for any of these roles, or each would take a majority",
        "see them: flotilla chaos run --help",
      );
    if (given.has("dry-run")) return showPlan(seed, allowed, output);
    await confirm(given, { name, gather: cluster.gather }, output);
    const report = reportIn(given);
    if (report !== null) demandReportFile(report);
    output.progress(
      `Seed ${seed}. ${counted(pairings(allowed).length, "kind")} of faults for ${duration(given.numberOr("duration"))}; Ctrl-C ends it earlier, and it is judged.`,
    );
    await cluster.pages?.begin(`The run on ${name} with seed ${seed} that began at ${new Date().toISOString()}`);
    const interrupts = onceInterrupted();
    const metrics = new ChaosMetrics();
    const port = given.number("metrics");
    const server = port === null ? null : await metrics.serve(port);
    try {
      const result = await runChaos({
        ...{ cluster, seed, allowed, durationMs: given.numberOr("duration"), limits: LIMITS },
        prefix: `chaos-${randomBytes(4).toString("hex")}`,
        isInterrupted: interrupts.isInterrupted,
        onFault: (fault) => metrics.fault(fault),
        onRecord: (record) => {
          metrics.record(record);
          output.progress(lineOf(record));
        },
        say: (line) => output.progress(line),
      });
      return await tell(result, { given, output, name, replay, report, pages: cluster.pages });
    } finally {
      interrupts.stop();
      server?.close();
    }
  } finally {
    await cluster.close();
  }
}

type Opened = { readonly name: string; readonly replay: string; readonly cluster: OpenCluster };

async function openLocal(given: Given): Promise<Opened> {
  if (given.numberOr("min-age") > 0) throw new UsageError("--min-age is for pods", "leave it out, or add --kubernetes");
  const { name, local } = findContext(given, { environment, workingDirectory: process.cwd() });
  if (local === null) throw new UsageError("chaos run breaks local clusters, and releases with --kubernetes", "name one: --data DIR");
  const { launcher } = local.cluster;
  if (launcher === null || !isAlive(launcher))
    throw new Trouble(
      "this cluster has no launcher that starts again what ends",
      "start it: flotilla up --detach",
      EXIT_CODE_OF_VERDICT.unchecked,
    );
  return { name, replay: dataFlagFor(local.directory), cluster: await openLocalCluster(local.directory) };
}

async function openRelease(given: Given): Promise<Opened> {
  const { release, options } = await kubernetesOptions(given, environment);
  const { namespace } = options.api;
  return {
    name: `release ${release} in namespace ${namespace}`,
    replay: ` --kubernetes --namespace ${namespace} --release ${release}${given.has("without-opt-in") ? " --without-opt-in" : ""}`,
    cluster: await openKubernetesCluster(options),
  };
}

/** A cluster on this machine is its owner's alone, and what is killed keeps its disk. Others may work on one elsewhere. */
function mayTakeQuorum(given: Given): boolean {
  const [allow, keep] = [given.has("allow-quorum-loss"), given.has("keep-quorum")];
  if (allow && keep) throw new UsageError("--allow-quorum-loss and --keep-quorum exclude each other", "give one of them");
  return allow || (!keep && !given.has("kubernetes"));
}

function allowedIn(given: Given, acts: Allowed["acts"]): Allowed {
  const faults = namesIn(given.text("faults"), { all: FAULT_NAMES, known: FAULT_NAMES, read: faultIn, what: "fault" });
  const roles = namesIn(given.text("roles"), { all: ROLES, known: [...ROLES, ...MORE_ROLES], read: roleIn, what: "role" });
  return { faults, roles, acts, mayTakeQuorum: mayTakeQuorum(given) };
}

const faultIn = (text: string): FaultName | null => FAULT_NAMES.find((name) => name === text) ?? null;

type Naming<Name> = {
  readonly all: readonly Name[];
  readonly known: readonly string[];
  readonly read: (text: string) => Name | null;
  readonly what: string;
};

function namesIn<Name extends FaultName | Role>(text: string | null, { all, known, read, what }: Naming<Name>): readonly Name[] {
  if (text === null) return all;
  return text.split(",").map((each) => {
    const name = read(each.trim());
    if (name === null) throw new UsageError(`there is no ${what} ${JSON.stringify(each.trim())}`, `there are: ${known.join(", ")}`);
    return name;
  });
}

function showPlan(seed: number, allowed: Allowed, output: Output): number {
  const rounds = schedule(new Random(seed).child("faults"), allowed);
  const plan = Array.from({ length: ROUNDS_SHOWN }, () => rounds.next().value);
  output.result({ seed, rounds: plan }, () =>
    [
      `Seed ${seed}: this would come first, one after the other, each once all is well again. Nothing is done.`,
      table(
        plan.map(({ number, fault, role, holdMs, isAlongside }) => [
          isAlongside ? "" : `${number}`,
          `${isAlongside ? "with " : ""}${fault}`,
          role,
          holdMs === 0 ? "" : `for ${duration(holdMs)}`,
          FAULTS[fault].meaning,
        ]),
      ),
    ].join("\n"),
  );
  return CODES.done;
}

/** A person is asked; a program knows what it does. */
async function confirm(given: Given, { name, gather }: Pick<ChaosCluster, "gather"> & { name: string }, output: Output): Promise<void> {
  if (given.has("yes") || !output.isTerminal || process.stdin.isTTY !== true) return;
  const { keys } = viewOf(await gather());
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question(`${name} holds ${counted(keys, "key")}. Kill its processes, and empty the disks of some? [y/N] `);
  reader.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new Trouble("nothing was done", "without the question: --yes", CODES.interrupted);
}

function lineOf({ number, fault, role, target, skipped, gapMs, fromMs, wholeMs, problem }: FaultRecord): string {
  const what = `${String(number).padStart(4)}  ${fault.padEnd(14)} ${role.padEnd(16)} ${(target ?? "nobody").padEnd(14)}`;
  if (problem !== null) return `${what} ${MARKS.bad} ${problem}`;
  if (skipped !== null) return `${what} ${skipped}`;
  const well = wholeMs === null ? "" : `all well after ${duration(wholeMs - fromMs)}`;
  return `${what} ${gapMs === null ? "" : `clients waited ${duration(gapMs)}, `}${well}`;
}

function reportIn(given: Given): string | null {
  const report = given.text("report");
  return report === null ? null : resolve(report);
}

type Telling = Pick<Opened, "name" | "replay"> & {
  readonly given: Given;
  readonly output: Output;
  readonly report: string | null;
  readonly pages: OpenCluster["pages"];
};

async function tell(result: ChaosResult, { given, output, name, replay: where, report, pages }: Telling): Promise<number> {
  const { verdict, checks, seed, faults } = result;
  const replay = replayLine(given, seed) + where;
  const about = { cluster: name, replay };
  const page = chaosPage(result, about);
  const unwritten = report === null ? null : writeReport(report, page);
  const kept = (await pages?.keep({ whole: page, short: chaosPage(result, { ...about, isShort: true }) })) ?? null;
  for (const problem of [unwritten, kept?.problem ?? null]) if (problem !== null) output.warn(problem);
  const { paint } = output;
  const marks = { passed: paint.green(MARKS.good), failed: paint.red(MARKS.bad), unchecked: paint.yellow(MARKS.warning) };
  const all = figuresByFault(faults).at(-1);
  const ms = (value: number | null | undefined): string => (value === null || value === undefined ? "?" : duration(value));
  output.result(jsonOf(result, replay), () =>
    [
      "",
      ...checks.map(({ name, verdict: each, message }) => `${marks[each]} ${name.padEnd(13)} ${message}`),
      "",
      `${marks[verdict]} ${{ passed: "Passed", failed: "Failed", unchecked: "Not decided" }[verdict]}: ${counted(all?.count ?? 0, "fault")}; clients waited ${ms(all?.gap.p50)} (p50), ${ms(all?.gap.p99)} (p99), ${ms(all?.gap.max)} at most; all well after ${ms(all?.whole.p50)} (p50), ${ms(all?.whole.max)} at most.`,
      `  ${paint.dim("again:")} ${replay}`,
      ...(report === null || unwritten !== null ? [] : [`  ${paint.dim("page:")}  ${shownPath(report, process.cwd())}`]),
      ...(kept === null || kept.how === null ? [] : [`  ${paint.dim("page:")}  ${kept.how}`]),
    ].join("\n"),
  );
  return EXIT_CODE_OF_VERDICT[verdict];
}

function replayLine(given: Given, seed: number): string {
  const texts = ["faults", "roles"].flatMap((name) => (given.text(name) === null ? [] : [`--${name} ${given.text(name) ?? ""}`]));
  const switches = ["allow-quorum-loss", "keep-quorum"].filter((name) => given.has(name)).map((name) => `--${name}`);
  const seconds = given.numberOr("duration") / 1_000;
  const age = given.numberOr("min-age") === 0 ? [] : [`--min-age ${given.numberOr("min-age") / 1_000}s`];
  return ["flotilla chaos run", `--seed ${seed}`, `--duration ${seconds}s`, ...texts, ...switches, ...age].join(" ");
}
