// Jobs whose inputs and outputs are not files of a shared folder, one after the other, each the input of the next: from the embedded file store
// into keys of the store, from there into S3, from there back into embedded files. The output at the end is that of a sequential
// count; a worker dies in the middle of each.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readClusterFile } from "../../../client/cli/local/cluster-file.ts";
import type { ClusterProcess } from "../../../client/cli/local/cluster-file.ts";
import { Random } from "../../../core/base/random.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import { MANIFEST } from "../../../runtime/files/s3/manifest.ts";
import { S3Client } from "../../../runtime/files/s3/s3-client.ts";
import { freePortRange, freePorts } from "../free-ports.ts";
import { installS3Server, S3Server } from "../s3-server.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";

const FLOTILLA = join(import.meta.dirname, "../../../client/cli/flotilla.ts");
const WORDS = "the of and to in a is that for it was on are as with his they at be this from have or by one".split(" ");
const [BOOKS, LINES, WORDS_A_LINE] = [4, 500, 12];
const PORTS = 400;
const START_MS = 60_000;
const JOB_MS = 120_000;
const KEYS = { FLOTILLA_S3_ACCESS_KEY: "some-key", FLOTILLA_S3_SECRET_KEY: "some-secret-that-nobody-tells" };

/** `word TAB count` → the same, by way of job code: the key of the input may have its prefix still. */
const COPY_CODE = `export default {
  map({ key, value }, emit) { emit(key.replace(/^counts\\//, ""), value); },
  reduce(key, values, emit) { for (const value of values) emit(key, value); },
};`;

export const jobFiles: TestCase = {
  name: "jobs over embedded files, keys of the store, and S3",
  run: async (context) => {
    const { directory, say } = context;
    const why = await installS3Server();
    if (why !== null) {
      check(process.env["CI"] !== "true", `an S3 server can be installed: ${why}`);
      say(`S3 is left out: moto can't be installed from PyPI (${why})`);
    }
    const port = await freePortRange(PORTS);
    const s3 = why === null ? await S3Server.start((await freePorts(1))[0]?.http ?? 0) : null;
    const data = join(directory, "data");
    const size = ["--groups", "1", "--replicas", "1", "--controllers", "1"];
    const up = spawn(process.execPath, [FLOTILLA, "up", "--data", data, "--port", String(port), ...size], {
      stdio: "ignore",
      env: { ...process.env, ...(s3 === null ? {} : { FLOTILLA_S3_ENDPOINT: s3.endpoint, ...KEYS }) },
    });
    const ended = once(up, "exit");
    try {
      await runAll(new Cluster(data), { s3, context });
    } finally {
      up.kill("SIGTERM");
      await ended;
      await s3?.stop();
    }
  },
};

type Setting = { readonly s3: S3Server | null; readonly context: CaseContext };

async function runAll(cluster: Cluster, { s3, context: { directory, say } }: Setting): Promise<void> {
  await eventually("a coordinator answers", async () => (await cluster.ask("/v1/jobs").catch(() => null))?.ok ?? null, {
    deadlineMs: START_MS,
  });
  const { books, counts } = makeBooks();
  for (const [i, book] of books.entries()) {
    const path = join(directory, `book-${String(i)}`);
    writeFileSync(path, i === 0 ? gzipSync(book) : book);
    // Taken by one coordinator through the command line, and read through all of them below.
    await cluster.flotilla("files", "put", path, `books/${String(i)}.txt${i === 0 ? ".gz" : ""}`);
  }
  const [plain] = books.slice(1);
  for (const coordinator of cluster.all("coordinator")) {
    const response = await fetch(`${coordinator.http}/v1/files/books/1.txt`);
    check((await response.text()) === plain, "every coordinator serves what another took");
  }
  await cluster.job({ id: "into-keys", app: "word-count", inputs: ["files:books"], output: "kv:counts/", splitBytes: 20_000 }, 0);
  const scanned = await cluster.flotilla("kv", "scan", "counts/", "--resolve", "-o", "json");
  const shown = (JSON.parse(scanned) as readonly { readonly key: string; readonly value: string }[]).map(
    ({ key, value }) => `${key.slice("counts/".length)}\t${value}`,
  );
  check(sorted(shown) === counts, "a scan that follows the pointer shows what a sequential count gives");
  const copy = { code: COPY_CODE, options: { inputFormat: "keyValue" } } as const;
  let from = "kv:counts/";
  if (s3 !== null) {
    const { endpoint } = s3;
    check((await fetch(`${endpoint}/some-bucket`, { method: "PUT" })).ok, "a bucket is made");
    const credentials = { accessKey: KEYS.FLOTILLA_S3_ACCESS_KEY, secretKey: KEYS.FLOTILLA_S3_SECRET_KEY, sessionToken: null };
    const client = new S3Client({ endpoint, region: "us-east-1", credentials });
    await cluster.job({ id: "into-s3", ...copy, inputs: [from], output: "s3://some-bucket/counts", splitBytes: 200 }, 1);
    const wanted = [MANIFEST, ...[0, 1, 2].map((part) => `part-0000${String(part)}`)].map((name) => `counts/${name}`);
    // It has succeeded when all of it is visible; what it leaves is taken away after that.
    const isTidy = async (): Promise<true | null> => {
      const keys: string[] = [];
      for await (const objects of client.list({ bucket: "some-bucket", key: "" })) keys.push(...objects.map(({ key }) => key));
      const uploads = await client.uploads({ bucket: "some-bucket", key: "counts/" });
      return keys.join() === wanted.join() && uploads.length === 0 ? true : null;
    };
    await eventually("S3 holds the parts and the manifest, and nothing else, no upload either", isTidy, { deadlineMs: JOB_MS });
    from = "s3://some-bucket/counts";
    const failed = await cluster.failingJob({ id: "again", ...copy, inputs: [from], output: from });
    check(failed.error?.reason === "outputExists", `a job into an output that is there fails: ${failed.error?.message ?? ""}`);
  }
  await cluster.job({ id: "into-files", ...copy, inputs: [from], output: "files:result", splitBytes: 200 }, 0);
  const parts = (await cluster.flotilla("files", "ls", "result/", "-o", "json")).match(/result\/part-\d+/g) ?? [];
  const lines: string[] = [];
  for (const part of parts) lines.push(...(await cluster.flotilla("files", "get", part)).split("\n"));
  check(parts.length === 3 && sorted(lines.filter((line) => line !== "")) === counts, "what comes out at the end is a sequential count");
  const told =
    JSON.stringify(await (await cluster.ask("/v1/jobs")).json()) + (await cluster.flotilla("kv", "scan", "{job:into-", "-o", "json"));
  check(!told.includes(KEYS.FLOTILLA_S3_SECRET_KEY), "no record of a job holds the secret");
  const missing = await cluster.failingJob({ id: "missing", app: "word-count", inputs: ["kv:nothing/"], output: "kv:other/" });
  check(missing.error?.reason === "missingInput", `a job without input fails: ${missing.error?.message ?? ""}`);
  say(`files: → kv: → ${s3 === null ? "" : "s3: → "}files:, ${String(lines.length)} lines; a worker was killed in each job`);
}

class Cluster {
  readonly #data: string;

  constructor(data: string) {
    this.#data = data;
  }

  all(service: string): readonly ClusterProcess[] {
    return (readClusterFile(this.#data)?.processes ?? []).filter((each) => each.service === service);
  }

  async ask(path: string, body?: unknown): Promise<Response> {
    const coordinator = this.all("coordinator").find(({ pid }) => pid !== null);
    const given =
      body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json", ...(await this.#token()) }, body: JSON.stringify(body) };
    return fetch(`${coordinator?.http ?? "http://nobody"}${path}`, { ...given, signal: AbortSignal.timeout(10_000) });
  }

  /** Standard output. */
  async flotilla(...args: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, [FLOTILLA, ...args, "--data", this.#data], { stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [code] = (await once(child, "close")) as readonly unknown[];
    check(code === 0, `flotilla ${args.join(" ")} ended with ${String(code)}: ${stderr}`);
    return stdout;
  }

  /** Worker `killed` dies while it runs. */
  async job(body: Readonly<Record<string, unknown>>, killed: number): Promise<void> {
    await this.#submit(body);
    await this.#until(
      String(body["id"]),
      "it has begun",
      ({ maps, state }) => maps.done > 0 || state === "succeeded" || state === "failed",
    );
    const worker = this.all("worker")[killed];
    if (typeof worker?.pid === "number") process.kill(worker.pid, "SIGKILL");
    const job = await this.#until(String(body["id"]), "it ends", isOver);
    check(job.state === "succeeded", `job ${job.id} has ${job.state}: ${job.error?.message ?? ""}`);
  }

  async failingJob(body: Readonly<Record<string, unknown>>): Promise<JobView> {
    await this.#submit(body);
    const job = await this.#until(String(body["id"]), "it ends", isOver);
    check(job.state === "failed", `job ${job.id} has ${job.state}`);
    return job;
  }

  async #submit(body: Readonly<Record<string, unknown>>): Promise<void> {
    const send = async (): Promise<true | null> => {
      const response = await this.ask("/v1/jobs", { reduces: 3, ...body }).catch(() => null);
      check(
        response === null || response.status < 400 || response.status >= 421,
        `job ${String(body["id"])} is taken: ${(await response?.text()) ?? ""}`,
      );
      return response?.ok === true || null;
    };
    await eventually(`job ${String(body["id"])} is taken`, send, { deadlineMs: START_MS });
  }

  #until(id: string, what: string, isSo: (job: JobView) => boolean): Promise<JobView> {
    const look = async (): Promise<JobView | null> => {
      const response = await this.ask(`/v1/jobs/${id}`).catch(() => null);
      const job = response?.ok === true ? ((await response.json()) as JobView) : null;
      return job !== null && isSo(job) ? job : null;
    };
    return eventually(`${id}: ${what}`, look, { deadlineMs: JOB_MS });
  }

  async #token(): Promise<Readonly<Record<string, string>>> {
    const { readTokens } = await import("../../../client/cli/local/tokens-file.ts");
    const tokens = readTokens(this.#data);
    return tokens === null ? {} : { authorization: `Bearer ${tokens.admin}` };
  }
}

const isOver = ({ state }: JobView): boolean => state === "succeeded" || state === "failed" || state === "cancelled";

function makeBooks(): { readonly books: readonly string[]; readonly counts: string } {
  const random = new Random(7);
  const sums = new Map<string, number>();
  const books = Array.from({ length: BOOKS }, () => {
    const lines = Array.from({ length: LINES }, () => Array.from({ length: WORDS_A_LINE }, () => random.pick(WORDS)));
    for (const word of lines.flat()) sums.set(word, (sums.get(word) ?? 0) + 1);
    return lines.map((line) => `${line.join(" ")}\n`).join("");
  });
  return { books, counts: sorted([...sums].map(([word, count]) => `${word}\t${String(count)}`)) };
}

const sorted = (lines: readonly string[]): string => [...lines].sort().join("\n");
