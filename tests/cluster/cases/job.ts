// A word count in the cluster, while coordinators and workers are deleted: its output is that of a sequential run.
import { check } from "../../integration/test-case.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";
import { CLAIM, createClaim, FOLDER } from "../shared-claim.ts";
import { MODULE, runTool } from "../tool-pod.ts";

const MEGABYTES = 24;
const COORDINATORS = `http://${Release.fullname}-coordinator:7400`;

export const jobUnderDeletion: ClusterCase = {
  name: "a word count succeeds while coordinators and workers are deleted",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { groups: 1, ...FOLDER }, before: createClaim });
    await runTool(release, { name: "books", program: MODULE, args: [WRITE_BOOKS], claim: CLAIM });
    const startMs = performance.now();
    const run = ["job", "run", "word-count", "file:///shared/books", "--to", "file:///shared/counts", "--split-bytes", "1048576"];
    const job = runTool(release, { name: "job", args: [...run, "--endpoint", COORDINATORS] });
    let deleted = 0;
    for (const component of ["coordinator", "worker", "coordinator", "worker"] as const) {
      const [pod] = await release.pods(component);
      if (pod === undefined) continue;
      await release.replacePods([pod], component);
      deleted += 1;
    }
    await job;
    say(`the job has succeeded after ${seconds(performance.now() - startMs)}, while ${deleted} pods were replaced`);
    const local = ["job", "run", "word-count", "/shared/books", "--to", "/shared/expected", "--local"];
    await runTool(release, { name: "sequential", args: local, claim: CLAIM });
    const same = await runTool(release, { name: "compare", program: MODULE, args: [COMPARE], claim: CLAIM });
    check(/^[1-9][0-9]* words/.test(same), `the outputs are the same: ${same}`);
    say(`its output is that of a sequential run: ${same.trim()}`);
    await release.uninstall();
    await release.forget();
  },
};

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

const COMPARE = `
import { readdirSync, readFileSync } from "node:fs";
const read = (folder) => readdirSync(folder).filter((name) => name.startsWith("part-")).flatMap((name) => readFileSync(folder + "/" + name, "utf8").split("\\n")).filter(Boolean).sort();
const [found, expected] = [read("/shared/counts"), read("/shared/expected")];
if (found.join() !== expected.join()) throw new Error(found.length + " and " + expected.length + " words differ");
console.log(found.length + " words");
`;
