// The program of `helm test` that has words counted, against coordinators that this test pretends: what becomes of files and jobs.
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Ended } from "./test-programs.ts";
import { testPrograms } from "./test-programs.ts";

const USERS_FILE = "books/in/0.txt";

type Ill = { readonly miscounts?: boolean; readonly fails?: boolean; readonly hangs?: boolean; readonly keepsFiles?: boolean };

/** They count at once, and write everything into the first part. */
class PretendedCoordinators {
  readonly files = new Map([[USERS_FILE, "the user's"]]);
  readonly cancelled: string[] = [];
  readonly #ill: Ill;

  constructor(ill: Ill) {
    this.#ill = ill;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const path = pathname.replace(/^\/v1\/files\/?/, "");
    const body = await text(request);
    if (pathname.startsWith("/v1/jobs")) this.#job(method, pathname, body);
    else if (method === "PUT") this.files.set(path, body);
    else if (method === "DELETE" && this.#ill.keepsFiles === true) response.statusCode = 503;
    else if (method === "DELETE") this.files.delete(path);
    if (pathname.startsWith("/v1/jobs")) response.end(JSON.stringify(this.#view()));
    else response.end(path === "" ? JSON.stringify({ files: this.#listed(searchParams.get("prefix") ?? "") }) : this.files.get(path));
  }

  #view() {
    const state = this.#ill.fails === true ? "failed" : "succeeded";
    return this.#ill.hangs === true ? { state: "mapping", finishedAt: null } : { state, finishedAt: 1 };
  }

  #listed(prefix: string): readonly { readonly path: string }[] {
    return [...this.files.keys()].filter((path) => path.startsWith(prefix)).map((path) => ({ path }));
  }

  #job(method: string, pathname: string, body: string): void {
    if (method === "DELETE") this.cancelled.push(pathname);
    if (method !== "POST" || this.#ill.hangs === true || this.#ill.fails === true) return;
    const { id } = JSON.parse(body) as { readonly id: string };
    const counts = new Map<string, number>();
    const words = this.#listed(`${id}/in/`).flatMap(({ path }) => (this.files.get(path) ?? "").split(/\s+/));
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const lines = [...counts].map(([word, count]) => `${word}\t${this.#ill.miscounts === true ? 1 : count}`);
    this.files.set(`${id}/out/part-00000`, lines.join("\n"));
    this.files.set(`${id}/out/part-00001`, "");
  }
}

type Outcome = Ended & { readonly files: readonly string[]; readonly cancelled: number };

const programs = testPrograms(join(__dirname, "../../charts/flotilla/files/tests"));
afterAll(() => {
  programs.remove();
});

async function run(ill: Ill = {}): Promise<Outcome> {
  const coordinators = new PretendedCoordinators(ill);
  const answer = (request: IncomingMessage, response: ServerResponse) => coordinators.answer(request, response);
  const ended = await programs.run("word-count.mjs", answer, (origin) => ({ COORDINATORS: origin }));
  return { ...ended, files: [...coordinators.files.keys()], cancelled: coordinators.cancelled.length };
}

test("a run leaves no file, and touches none of anybody else's", async () => {
  expect(await run()).toMatchObject({
    code: 0,
    said: expect.stringContaining("all 13 words") as string,
    files: [USERS_FILE],
    cancelled: 0,
  });
});

test.each([
  { ill: { miscounts: true }, says: "instead of", cancelled: 0 },
  { ill: { fails: true }, says: "the job is failed", cancelled: 0 },
  { ill: { hangs: true }, says: "the job's end: not within", cancelled: 1 },
])("a run that fails ($ill) leaves none either, nor a job that goes on, and says why it failed", async ({ ill, says, cancelled }) => {
  const outcome = await run(ill);
  expect(outcome).toMatchObject({ code: 1, files: [USERS_FILE], cancelled });
  expect(outcome.said).toContain(says);
});

test("files that can't be deleted are named, and don't hide why it failed", async () => {
  const { code, said } = await run({ miscounts: true, keepsFiles: true });
  expect(code).toBe(1);
  expect(said).toContain("instead of");
  expect(said).toMatch(/files whose names begin with helm-test-\w+\/ could not all be deleted/);
});
