// `helm test`: puts small files into the release, lets its coordinators and workers count their words, and compares every line of the
// output with a count of its own. What it wrote is deleted. Needs nothing but Node.
import { authorization, expect, untilDone } from "./patience.mjs";

const { COORDINATORS } = process.env;
/** Of this run alone: an id is one job, and its output is written once. */
const ID = `helm-test-${Date.now().toString(36)}`;
const REDUCES = 2;
const FILES = 3;
const LINES = 400;
const WORDS = ["anchor", "buoy", "compass", "deck", "ebb", "fathom", "galley", "helm", "island", "jib", "keel", "lee", "mast"];

const texts = Array.from({ length: FILES }, (_, file) => textOf(file));
try {
  for (const [i, text] of texts.entries()) await call(`/v1/files/${ID}/in/${i}.txt`, { method: "PUT", body: text });
  await runJob();
  await compareOutput();
} finally {
  await forgetFiles();
}

async function runJob() {
  console.log(`counting the words of ${FILES} files: job ${ID}`);
  const job = { id: ID, app: "word-count", inputs: [`files:${ID}/in`], output: `files:${ID}/out`, reduces: REDUCES };
  await call("/v1/jobs", { method: "POST", body: JSON.stringify(job), headers: { "content-type": "application/json" } });
  const { state, error } = await untilDone("the job's end", ended).catch(async (late) => {
    // One that went on would write its output after everything was deleted. It may have ended in this moment, and then can't be cancelled.
    await call(`/v1/jobs/${ID}`, { method: "DELETE" }).catch(() => undefined);
    throw late;
  });
  if (state !== "succeeded") throw new Error(`the job is ${state}: ${JSON.stringify(error)}`);
}

async function compareOutput() {
  const parts = await Promise.all(Array.from({ length: REDUCES }, (_, i) => read(`${ID}/out/part-${String(i).padStart(5, "0")}`)));
  const found = parts.flatMap((part) => part.split("\n")).filter((line) => line !== "");
  expect(found.sort().join("\n"), counted(texts).join("\n"));
  console.log(`all ${found.length} words are counted as they occur`);
}

/** Why a test failed is not hidden by what is left. */
async function forgetFiles() {
  try {
    await Promise.all((await listed()).map((path) => call(`/v1/files/${path}`, { method: "DELETE" })));
  } catch (error) {
    console.log(`files whose names begin with ${ID}/ could not all be deleted: ${error.message}`);
    process.exitCode = 1;
  }
}

function textOf(file) {
  const word = (line, i) => WORDS[(file * 7 + line * 5 + i * i) % WORDS.length];
  return Array.from({ length: LINES }, (_, line) => [0, 1, 2, 3, 4].map((i) => word(line, i)).join(" ")).join("\n");
}

/** Here, word by word. */
function counted(all) {
  const counts = new Map();
  for (const word of all.join("\n").split(/\s+/)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word}\t${count}`).sort();
}

async function ended() {
  const view = await (await call(`/v1/jobs/${ID}`)).json();
  if (view.finishedAt === null) throw new Error(`the job is ${view.state}`);
  return view;
}

async function listed() {
  return (await (await call(`/v1/files?prefix=${ID}/`)).json()).files.map(({ path }) => path);
}

async function read(path) {
  return (await call(`/v1/files/${path}`)).text();
}

/** Every call here may be made again. */
function call(path, options = {}) {
  return untilDone(`${options.method ?? "GET"} ${path}`, async () => {
    const headers = { ...options.headers, ...authorization };
    const response = await fetch(`${COORDINATORS}${path}`, { ...options, headers, signal: AbortSignal.timeout(20_000) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response;
  });
}
