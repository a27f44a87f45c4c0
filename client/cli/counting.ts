// The word count of `make run`: books are counted by the workers of the cluster, and the result is compared with a sequential run.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobView } from "../../core/coordinator/view.ts";
import { writeBooks } from "./jobs/books.ts";
import { endedLines, progressLine } from "./jobs/job-lines.ts";
import { urlOf } from "./jobs/job-request.ts";
import { runLocally } from "./jobs/local-job.ts";
import type { Paint } from "./terminal.ts";
import { count, MARKS, table } from "./terminal.ts";
import { Trouble } from "./trouble.ts";
import { pause } from "../waiting.ts";

export type CountingOptions = {
  /** Null: books are made. */
  readonly input: string | null;
  readonly submit: (request: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly job: (id: string) => Promise<JobView>;
  /** Writes over one line; the empty one ends it. */
  readonly progress: (line: string) => void;
  readonly paint: Paint;
  readonly say: (line: string) => void;
};

const BOOKS = { seed: 2004, books: 8, bytesEach: 1_000_000 };
const SPLIT_BYTES = 1_000_000;
/** Of somebody's own input there may be much. */
const OWN_SPLIT_BYTES = 16_777_216;
const REDUCES = 4;
const LOOK_MS = 100;
const TOP = 8;

export async function countWords({ input, submit, job: look, progress, paint, say }: CountingOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-words-"));
  try {
    say(`\n${paint.bold("A word count")}`);
    const books = input ?? join(directory, "books");
    if (input === null) writeBooks(books, BOOKS);
    const of = input === null ? `${BOOKS.books} books that are made up, with the word frequencies of natural text` : input;
    say(`  MapReduce over ${of}: the workers map and reduce, and the job lies in the store.`);
    const out = join(directory, "counts");
    const splitBytes = input === null ? SPLIT_BYTES : OWN_SPLIT_BYTES;
    const id = `words-${Date.now().toString(36)}`;
    const request = { id, app: "word-count", inputs: [urlOf(books)], output: urlOf(out), reduces: REDUCES, splitBytes };
    await submit(request);
    const job = await untilEnded(id, look, progress);
    for (const line of endedLines(job, paint)) say(`  ${line}`);
    if (job.state !== "succeeded") throw new Trouble(`the word count has ${job.state}`, `flotilla job status ${id}`);
    const counted = linesIn(out);
    say(topWords(counted));
    const alone = join(directory, "sequential");
    await runLocally({ request: { ...request, output: urlOf(alone) }, code: null, print: say });
    if (linesIn(alone).join("\n") !== counted.join("\n")) throw new Trouble("the result is not that of a sequential run");
    say(`  ${paint.green(MARKS.good)} All ${count(counted.length)} words are counted as a sequential run counts them.`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function untilEnded(id: string, look: CountingOptions["job"], progress: CountingOptions["progress"]): Promise<JobView> {
  for (;;) {
    const job = await look(id);
    const isOver = job.state === "succeeded" || job.state === "failed" || job.state === "cancelled";
    progress(isOver ? "" : `  ${progressLine(job, Date.now())}`);
    if (isOver) return job;
    await pause(LOOK_MS);
  }
}

function topWords(lines: readonly string[]): string {
  const words = lines.map((line) => line.split("\t")).map(([word = "", times = "0"]) => ({ word, times: Number(times) }));
  words.sort((a, b) => b.times - a.times || (a.word < b.word ? -1 : 1));
  const width = count(words[0]?.times ?? 0).length;
  return table(words.slice(0, TOP).map(({ word, times }) => ["", count(times).padStart(width), word]));
}

/** All lines of all parts, in order. */
function linesIn(directory: string): readonly string[] {
  const parts = readdirSync(directory).filter((name) => name.startsWith("part-"));
  const lines = parts.flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n"));
  return lines.filter((line) => line !== "").sort();
}
