// Word counts in the cluster, of which each loses pods while it runs: coordinators, with the one that has the jobs among them, and a worker.
// Their output is that of a sequential run.
import { check, eventually } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import type { Component, Pod } from "../pods.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";
import { CLAIM, createClaim, FOLDER } from "../shared-claim.ts";
import { MODULE, runTool } from "../tool-pod.ts";

const MEGABYTES = 24;
const COORDINATORS = `http://${Release.fullname}-coordinator:7400`;
/** An end that is noticed late, and another coordinator that is chosen. */
const ANSWER_MS = 30_000;
const BEGUN_MS = 60_000;
const RUNNING = ["mapping", "reducing"];

type View = { readonly state: string; readonly maps: { readonly total: number | null; readonly done: number } };

export const jobUnderDeletion: ClusterCase = {
  name: "a word count succeeds while coordinators and workers are deleted",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, ...FOLDER }, before: createClaim });
    await runTool(release, { name: "books", program: MODULE, args: [WRITE_BOOKS], claim: CLAIM });
    const local = ["job", "run", "word-count", "/shared/books", "--to", "/shared/expected", "--local"];
    await runTool(release, { name: "sequential", args: local, claim: CLAIM });
    // Few clients: what the job is to do needs the processors.
    const load = await CheckedLoad.start(release, { name: "load", clients: 2, isPatient: true });
    for (const component of ["coordinator", "worker"] as const) {
      say(await strike(release, component));
      const same = await runTool(release, { name: `compare-${component}`, program: MODULE, args: [compareWith(component)], claim: CLAIM });
      check(/^[1-9][0-9]* words/.test(same), `the outputs are the same: ${same}`);
      say(`its output is that of a sequential run: ${same.trim()}`);
    }
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

/** A job that has ended before its pods go proves nothing: it must be seen running after they were deleted. */
async function strike(release: Release, component: Component): Promise<string> {
  const id = `counts-${component}`;
  const run = ["job", "run", "word-count", "file:///shared/books", "--to", `file:///shared/${id}`, "--split-bytes", "262144", "--id", id];
  const startMs = performance.now();
  const job = runTool(release, { name: id, args: [...run, "--endpoint", COORDINATORS] });
  // Whoever waits for it comes later.
  job.catch(() => undefined);
  const begun = await eventually(`${id} has begun`, () => begunIn(release, id), { deadlineMs: BEGUN_MS, everyMs: 250 });
  const struck = await victims(release, component);
  const replaced = release.replacePods(struck, component);
  replaced.catch(() => undefined);
  await eventually("the pods are on their way out", () => areLeaving(release, struck, component), { everyMs: 100 });
  const after = await eventually("a coordinator answers", () => viewOf(release, id), { deadlineMs: ANSWER_MS, everyMs: 100 });
  check(RUNNING.includes(after.state), `${id} runs still when pods have been deleted, but it is ${after.state}: it needs more to do`);
  await replaced;
  await job;
  const names = struck.map(({ name }) => name).join(", ");
  const done = `${begun.maps.done} and ${after.maps.done} of ${after.maps.total} maps done before and after`;
  return `${id} has succeeded after ${seconds(performance.now() - startMs)}; ${names} deleted while it ran, ${done}`;
}

/** Of the coordinators the one that has the jobs: the others would not be missed. */
async function victims(release: Release, component: Component): Promise<readonly Pod[]> {
  const pods = await release.pods(component);
  if (component === "worker") return pods.slice(0, 1);
  const roles = await Promise.all(pods.map(async ({ name }) => (await release.ask(name, "/v1/status"))["role"]));
  const active = pods.filter((_, i) => roles[i] === "active");
  check(active.length === 1, `one coordinator has the jobs: ${roles.join(", ")}`);
  return active;
}

async function begunIn(release: Release, id: string): Promise<View | null> {
  const view = await viewOf(release, id);
  return view !== null && view.maps.done > 0 ? view : null;
}

async function areLeaving(release: Release, struck: readonly Pod[], component: Component): Promise<true | null> {
  const present = new Set((await release.pods(component)).map(({ uid }) => uid));
  return struck.some(({ uid }) => present.has(uid)) ? null : true;
}

/** Null: nobody answers now, or nobody knows the job yet. */
async function viewOf(release: Release, id: string): Promise<View | null> {
  const [coordinator] = (await release.pods("coordinator")).filter(({ isReady }) => isReady);
  if (coordinator === undefined) return null;
  try {
    const view = await release.ask(coordinator.name, `/v1/jobs/${id}`);
    return view["state"] === undefined ? null : (view as unknown as View);
  } catch {
    return null;
  }
}

const WRITE_BOOKS = `
import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync("/shared/books");
let state = 7;
const next = () => (state = (state * 1103515245 + 12345) % 2147483648);
for (let book = 0; book < ${MEGABYTES}; book++) {
  const lines = [];
  for (let bytes = 0; bytes < 1e6; ) {
    const line = Array.from({ length: 12 }, () => "w" + Math.floor(5000 * (next() / 2147483648) ** 3)).join(" ").replaceAll(/[0-9]/g, (d) => "abcdefghij"[d]);
    lines.push(line);
    bytes += line.length + 1;
  }
  writeFileSync("/shared/books/" + book + ".txt", lines.join("\\n"));
}
`;

const compareWith = (component: Component): string => `
import { readdirSync, readFileSync } from "node:fs";
const read = (folder) => readdirSync(folder).filter((name) => name.startsWith("part-")).flatMap((name) => readFileSync(folder + "/" + name, "utf8").split("\\n")).filter(Boolean).sort();
const [found, expected] = [read("/shared/counts-${component}"), read("/shared/expected")];
if (found.join() !== expected.join()) throw new Error(found.length + " and " + expected.length + " words differ");
console.log(found.length + " words");
`;
