// The examples of k8s/jobs/, as they are: applied to a release in a namespace that holds its pods to the restricted standard.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

const EXAMPLES = join(import.meta.dirname, "../../../k8s/jobs");
const RUN = ["word-count.yaml", "hourly-grep.yaml"];
const ENDED_MS = 120_000;

export const exampleJobs: ClusterCase = {
  name: "the examples of k8s/jobs run as they are",
  run: async ({ namespace, say }) => {
    const there = readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml"));
    check(there.toSorted().join() === RUN.toSorted().join(), `every example is run here: ${there.join(", ")}`);
    const release = await Release.install({ namespace, values: { groups: 1 } });
    const load = await CheckedLoad.start(release, { name: "load", clients: 2, isPatient: true });

    await release.kubectl(["apply", "--filename", join(EXAMPLES, "word-count.yaml")]);
    say(await untilComplete(release, "word-count"));
    const { entries } = await release.ask("flotilla-replica-1-0", "/v1/kv?prefix=poem-words/&resolve=true&limit=1000");
    const counts = (entries as readonly { readonly key: string; readonly value: string }[]).map(({ key, value }) => `${key} ${value}`);
    check(counts.includes("poem-words/Tyger 2"), `"Tyger" is there twice: ${counts.join(", ")}`);

    // It reads what is under logs/.
    const put = ["exec", "flotilla-replica-1-0", "--", "node", "-e", PUT_LOG];
    await release.kubectl(put);
    await release.kubectl(["apply", "--filename", join(EXAMPLES, "hourly-grep.yaml")]);
    await release.kubectl(["create", "job", "grep-now", "--from", "cronjob/hourly-grep"]);
    say(await untilComplete(release, "grep-now"));
    const found = await release.kubectl(["exec", "flotilla-replica-1-0", "--", "node", "-e", GET_FOUND]);
    check(found.includes("the second line is an error"), `the line is found: ${found}`);
    say(checkNothingFailed(await load.verdict()));
    // What a person applied, a person takes away.
    await release.kubectl(["delete", "job/grep-now"]);
    await release.kubectl(["delete", ...RUN.flatMap((name) => ["--filename", join(EXAMPLES, name)])]);
    await release.uninstall();
    await release.forget();
  },
};

async function untilComplete(release: Release, job: string): Promise<string> {
  const startMs = performance.now();
  try {
    await release.kubectl(["wait", "--for=condition=complete", `job/${job}`, "--timeout", `${ENDED_MS / 1_000}s`], {
      deadlineMs: ENDED_MS,
    });
  } catch (error) {
    throw new Error(`${String(error)}\n${await release.kubectl(["logs", `job/${job}`, "--all-containers"])}`, { cause: error });
  }
  return `${job} has ended well after ${seconds(performance.now() - startMs)}`;
}

const FILES = "http://flotilla-coordinator:7400/v1/files";
const PUT_LOG = `
fetch("${FILES}/logs/today.txt", { method: "PUT", body: "the first line is well\\nthe second line is an error\\n" })
  .then((response) => { if (!response.ok) throw new Error(String(response.status)); });`;
const GET_FOUND = `
fetch("${FILES}?prefix=found/").then((response) => response.json())
  .then(({ files }) => Promise.all(files.map(({ path }) => fetch("${FILES}/" + path).then((response) => response.text()))))
  .then((texts) => console.log(texts.join("")));`;
