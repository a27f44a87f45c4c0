import { mkdtempSync, rmSync, writeFileSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobView } from "../../../core/coordinator/view.ts";
import { countWords } from "../../../client/cli/counting.ts";
import { writeBooks } from "../../../client/cli/jobs/books.ts";
import { runLocally } from "../../../client/cli/jobs/local-job.ts";
import { paintFor } from "../../../client/cli/terminal.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "flotilla-counting-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ENDED = {
  ...{ id: "w", state: "succeeded", maps: { total: 1, done: 1, running: 0 }, reduces: { total: 1, done: 1, running: 0 } },
  ...{ records: { mapInput: 2, mapOutput: 3, reduceInput: 3, reduceOutput: 3 }, counters: {}, skipped: 0, stragglers: 0 },
  ...{ attempts: { started: 5, failed: 0, lost: 0, backups: 0 }, bytes: { input: 9, shuffled: 9, output: 9, running: 0, total: 9 } },
  ...{ outputs: [], submittedAt: 1, startedAt: 1, finishedAt: 2, error: null },
} as unknown as JobView;

/** Counts as the cluster would, then spoils what it wrote if asked to. */
async function counted(spoil: (output: string) => void): Promise<readonly string[]> {
  writeFileSync(join(directory, "text"), "b a b\nthe b\n");
  const said: string[] = [];
  const submit = async (request: Readonly<Record<string, unknown>>): Promise<void> => {
    await runLocally({ request, code: null, print: () => undefined });
    spoil(fileURLToPath(String(request["output"])));
  };
  const options = { input: directory, submit, job: () => Promise.resolve(ENDED), progress: () => undefined };
  await countWords({ ...options, paint: paintFor(process.stdout), say: (line) => void said.push(line) });
  return said;
}

test("the most frequent words are shown, and that a sequential run says the same", async () => {
  const said = (await counted(() => undefined)).join("\n");
  expect(said).toMatch(/3 +b\n/);
  expect(said).toContain("All 3 words are counted as a sequential run counts them.");
});

test("a result that is another one is trouble", async () => {
  const spoil = (output: string): void => {
    const part = readdirSync(output).find((name) => name.startsWith("part-") && readFileSync(join(output, name), "utf8") !== "") ?? "";
    writeFileSync(join(output, part), "b\t4\n");
  };
  await expect(counted(spoil)).rejects.toThrow("not that of a sequential run");
});

test("the same seed makes the same books", () => {
  const made = ["one", "two"].map((name) => {
    writeBooks(join(directory, name), { seed: 5, books: 2, bytesEach: 3_000 });
    return readdirSync(join(directory, name)).map((book) => readFileSync(join(directory, name, book), "utf8"));
  });
  expect(made[0]).toEqual(made[1]);
  expect(made[0]).toHaveLength(2);
});
