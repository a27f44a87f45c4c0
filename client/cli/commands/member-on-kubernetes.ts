// `flotilla member replace --kubernetes`: the one step that a person does when a node is lost with the volumes on it.
import { createInterface } from "node:readline/promises";
import type { Flag } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { Output } from "../output.ts";
import type { Which } from "../replacing/place.ts";
import { openReleaseApi } from "../replacing/release-api.ts";
import type { Plan } from "../replacing/replace-place.ts";
import { planFor, replacePlace } from "../replacing/replace-place.ts";
import { duration, MARKS } from "../terminal.ts";
import { CODES, Trouble } from "../trouble.ts";

export const ON_KUBERNETES_FLAGS: readonly Flag[] = [
  { name: "kubernetes", kind: "switch", meaning: "the member is a pod of a release of the chart, in the cluster of your kubeconfig" },
  { name: "namespace", kind: "text", value: "NAME", fallback: "default", meaning: "of the release, on Kubernetes" },
  { name: "release", kind: "text", value: "NAME", fallback: "flotilla", meaning: "the release, on Kubernetes" },
  { name: "dry-run", kind: "switch", meaning: "on Kubernetes: say what would be done, and do nothing" },
  { name: "yes", kind: "switch", meaning: "don't ask, as is done on a terminal before a claim is deleted" },
];

export async function replaceOnKubernetes(which: Which, given: Given, output: Output): Promise<number> {
  const api = await openReleaseApi(given.text("namespace") ?? "default", given.text("release") ?? "flotilla");
  const plan = await planFor(api, which);
  const what = actsOf(plan);
  if (given.has("dry-run")) {
    output.result({ ...which, dryRun: true, why: plan.step.why, acts: what }, () =>
      [`${plan.step.why}. Nothing is done.`, ...what].join("\n  "),
    );
    return CODES.done;
  }
  output.progress(`${plan.step.why}.`);
  if (plan.step.kind === "replace") await confirm(given, what, output);
  const startMs = performance.now();
  const say = (line: string): void => output.progress(`${duration(performance.now() - startMs).padStart(7)}  ${line}`);
  const { place, claim } = await replacePlace({ api, which, plan, say, deadlineMs: given.numberOr("timeout") });
  const tookMs = Math.round(performance.now() - startMs);
  const [pod, node, member] = [place.podName, place.pod?.node ?? null, place.member?.id ?? null];
  output.result({ ...which, tookMs, pod, node, member, deletedClaim: claim?.name ?? null, lostVolume: claim?.volume ?? null }, () =>
    [
      `${output.paint.green(MARKS.good)} ${pod} began anew on ${node}, has everything and votes as ${member} after ${duration(tookMs)}.`,
      ...(claim === null ? [] : [`  Volume ${claim.volume} is given up; nothing needs it, and whatever comes back over it has no vote.`]),
    ].join("\n"),
  );
  return CODES.done;
}

function actsOf({ place: { podName, claim, pod, isNodeLost }, step }: Plan): readonly string[] {
  if (step.kind === "wait") return [`wait until ${podName} votes`];
  return [
    `delete the claim ${claim?.name}, and with it the data on volume ${claim?.volume}`,
    ...(pod === null ? [] : [`delete the pod ${podName}${isNodeLost ? `, without waiting for ${pod.node}` : ""}`]),
    `wait until it has copied everything from the others on another node, and votes`,
  ];
}

/** A person is asked; a program knows what it does. */
async function confirm(given: Given, what: readonly string[], output: Output): Promise<void> {
  if (given.has("yes") || !output.isTerminal || process.stdin.isTTY !== true) return;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question(`This would\n${what.map((each) => `  ${each}\n`).join("")}Do it? [y/N] `);
  reader.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new Trouble("nothing was done", "without the question: --yes", CODES.interrupted);
}
